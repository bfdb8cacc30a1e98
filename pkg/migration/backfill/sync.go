package backfill

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/profile"
)

// Sync is the job "profiles": every user of the pool gets a row in the table
// profiles, made of Cognito's attributes. A row that is there was perhaps edited
// and is never touched.
type Sync struct {
	Cognito interface {
		ListUsers(context.Context, *cognito.ListUsersInput, ...func(*cognito.Options)) (*cognito.ListUsersOutput, error)
	}
	PoolID string
	Rows   interface {
		Has(ctx context.Context, sub string) (bool, error)
		Create(ctx context.Context, p profile.Profile) (stored profile.Profile, created bool, err error)
	}
}

// pageSize is the most that ListUsers answers.
const pageSize = 60

// Page implements Job. The cursor is Cognito's own, which it forgets after a
// while: then the job begins anew, and passes over what is there.
func (s Sync) Page(ctx context.Context, cursor string, dry bool) (Page, error) {
	in := &cognito.ListUsersInput{UserPoolId: &s.PoolID, Limit: aws.Int32(pageSize)}
	if cursor != "" {
		in.PaginationToken = &cursor
	}
	out, err := s.Cognito.ListUsers(ctx, in)
	var wrong *types.InvalidParameterException
	switch {
	case cursor != "" && errors.As(err, &wrong):
		return Page{}, ErrCursor.With(fmt.Errorf("backfill: list users: %w", err))
	case err != nil:
		return Page{}, fmt.Errorf("backfill: list users: %w", err)
	}
	outcomes, err := each(ctx, out.Users, func(ctx context.Context, u types.UserType) (Outcome, error) { return s.user(ctx, u, dry) })
	if err != nil {
		return Page{}, fmt.Errorf("backfill: page of users: %w", err)
	}
	next := aws.ToString(out.PaginationToken)
	return Page{Next: next, Done: next == "", Outcomes: outcomes}, nil
}

func (s Sync) user(ctx context.Context, u types.UserType, dry bool) (Outcome, error) {
	attributes := map[string]string{}
	for _, a := range u.Attributes {
		attributes[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	p := profile.FromAttributes(attributes)
	switch {
	case u.UserStatus == types.UserStatusTypeUnconfirmed:
		return Outcome{ID: p.Sub, What: "skipped_unconfirmed"}, nil
	case p.Sub == "":
		return Outcome{ID: aws.ToString(u.Username), What: "no_sub", Trouble: true}, nil
	case dry:
		there, err := s.Rows.Has(ctx, p.Sub)
		return written(p.Sub, !there), err
	}
	_, created, err := s.Rows.Create(ctx, p)
	return written(p.Sub, created), err
}
