package linking_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/linking"
	"callanalyst/pkg/migration"
)

// pool answers as it is told, and keeps whom it linked.
type pool struct {
	own    *cognito.AdminGetUserOutput
	listed []types.UserType
	get    error
	list   error
	link   error
	linked [][3]string
}

func (p *pool) AdminGetUser(context.Context, *cognito.AdminGetUserInput, ...func(*cognito.Options)) (*cognito.AdminGetUserOutput, error) {
	if p.own == nil && p.get == nil {
		return nil, &types.UserNotFoundException{}
	}
	return p.own, p.get
}

func (p *pool) ListUsers(context.Context, *cognito.ListUsersInput, ...func(*cognito.Options)) (*cognito.ListUsersOutput, error) {
	return &cognito.ListUsersOutput{Users: p.listed}, p.list
}

func (p *pool) AdminLinkProviderForUser(_ context.Context, in *cognito.AdminLinkProviderForUserInput, _ ...func(*cognito.Options)) (*cognito.AdminLinkProviderForUserOutput, error) {
	p.linked = append(p.linked, [3]string{
		aws.ToString(in.DestinationUser.ProviderName) + ":" + aws.ToString(in.DestinationUser.ProviderAttributeValue),
		aws.ToString(in.SourceUser.ProviderName), aws.ToString(in.SourceUser.ProviderAttributeName) + "=" + aws.ToString(in.SourceUser.ProviderAttributeValue),
	})
	return &cognito.AdminLinkProviderForUserOutput{}, p.link
}

// nobody is a snapshot of nobody.
type nobody struct{ err error }

func (n nobody) Get(context.Context, string) (migration.Legacy, error) {
	return migration.Legacy{}, n.err
}

func verified() []types.AttributeType {
	return []types.AttributeType{{Name: aws.String("email_verified"), Value: aws.String("true")}}
}

func confirmed() *cognito.AdminGetUserOutput {
	return &cognito.AdminGetUserOutput{Username: aws.String("u-1"), UserStatus: types.UserStatusTypeConfirmed, Enabled: true, UserAttributes: verified()}
}

func comer() linking.Comer {
	return linking.Comer{PoolID: "pool", Username: "Google_108", Attributes: map[string]string{"email": "ada@example.com", "email_verified": "true"}}
}

// TestLinkingThatFails has one row for each answer of Cognito's to the link.
func TestLinkingThatFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		link error
		want error
	}{
		{name: "done"},
		{name: "another run was first", link: &types.InvalidParameterException{Message: aws.String("SourceUser is already linked to DestinationUser")}},
		{name: "the identity is a user already", link: &types.InvalidParameterException{Message: aws.String("Merging is not currently supported")}, want: linking.ErrUnavailable},
		{name: "five are linked", link: &types.LimitExceededException{}, want: linking.ErrRefused},
		{name: "Cognito throttles", link: &types.TooManyRequestsException{}, want: linking.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &pool{own: confirmed(), link: tt.link}
			err := linking.Policy{Users: linking.Users{Cognito: p}, Legacy: nobody{}}.External(t.Context(), comer())
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
				t.Errorf("External = %v, want %v", err, tt.want)
			}
			want := [][3]string{{"Cognito:u-1", "Google", "Cognito_Subject=108"}}
			if d := cmp.Diff(want, p.linked); d != "" {
				t.Errorf("linked: want -, got +:\n%s", d)
			}
		})
	}
}

// TestDoubtRefuses takes each lookup away in turn.
func TestDoubtRefuses(t *testing.T) {
	t.Parallel()
	down := errors.New("throttled")
	for name, p := range map[string]*pool{"AdminGetUser": {get: down}, "ListUsers": {list: down}} {
		policy := linking.Policy{Users: linking.Users{Cognito: p}, Legacy: nobody{}}
		if err := policy.External(t.Context(), comer()); !errors.Is(err, linking.ErrUnavailable) {
			t.Errorf("External without %s = %v, want ErrUnavailable", name, err)
		}
	}
	for name, policy := range map[string]linking.Policy{
		"ListUsers":    {Users: linking.Users{Cognito: &pool{list: down}}, Legacy: nobody{}},
		"legacy_users": {Users: linking.Users{Cognito: &pool{}}, Legacy: nobody{down}},
	} {
		if err := policy.Native(t.Context(), comer()); !errors.Is(err, linking.ErrUnavailable) {
			t.Errorf("Native without %s = %v, want ErrUnavailable", name, err)
		}
	}
}

// TestAListThatLagsBehind does not show the user whom the login shows, and shows
// one twice.
func TestAListThatLagsBehind(t *testing.T) {
	t.Parallel()
	same := types.UserType{Username: aws.String("u-1"), UserStatus: types.UserStatusTypeConfirmed, Enabled: true, Attributes: verified()}
	for name, listed := range map[string][]types.UserType{"missing": nil, "there": {same}, "there twice": {same, same}} {
		p := &pool{own: confirmed(), listed: listed}
		if err := (linking.Policy{Users: linking.Users{Cognito: p}, Legacy: nobody{}}).External(t.Context(), comer()); err != nil || len(p.linked) != 1 {
			t.Errorf("%s in the list: External = %v, %d links, want one", name, err, len(p.linked))
		}
	}
}

// slow answers never.
type slow struct{ *pool }

func (slow) AdminGetUser(ctx context.Context, _ *cognito.AdminGetUserInput, _ ...func(*cognito.Options)) (*cognito.AdminGetUserOutput, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestASlowPoolIsGivenUpBeforeCognitoGivesUs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := linking.Policy{Users: linking.Users{Cognito: slow{&pool{}}}, Legacy: nobody{}}.External(t.Context(), comer())
		if took := time.Since(start); !errors.Is(err, linking.ErrUnavailable) || took != 3*time.Second {
			t.Errorf("External = %v after %s, want ErrUnavailable after 3s", err, took)
		}
	})
}
