package profile

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Edits changes rows of the table profiles. It is safe for concurrent use.
type Edits struct {
	DB interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string // the real name of profiles
	Now   func() time.Time
}

// Replace stores next over seen in one conditional write: it reports false when
// the row is no longer at the version of seen. Of any number of changes to one
// version, one lands. The e-mail address is not part of a change.
func (e Edits) Replace(ctx context.Context, seen, next Profile) (ok bool, err error) {
	values := item{
		":seen": number(seen.Version), ":next": number(next.Version), ":now": number(e.Now().Unix()),
		":preferences": text(string(next.Preferences)), ":custom": text(string(next.Custom)),
	}
	set := []string{"#version = :next", "updated_at = :now", "preferences = :preferences", "custom = :custom"}
	var remove []string
	for _, a := range []struct{ name, placeholder, value string }{{"#name", ":name", next.Name}, {"avatar_url", ":avatar", next.AvatarURL}} {
		if a.value == "" {
			remove = append(remove, a.name)
			continue
		}
		set = append(set, a.name+" = "+a.placeholder)
		values[a.placeholder] = text(a.value)
	}
	expression := "SET " + strings.Join(set, ", ")
	if len(remove) > 0 {
		expression += " REMOVE " + strings.Join(remove, ", ")
	}
	_, err = e.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &e.Table, Key: item{keySub: text(seen.Sub)},
		UpdateExpression: &expression, ConditionExpression: aws.String("#version = :seen"),
		ExpressionAttributeNames:  map[string]string{"#version": "version", "#name": "name"},
		ExpressionAttributeValues: values,

		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var lost *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &lost):
		return landed(lost.Item, next), nil
	case err != nil:
		return false, unavailable("change", seen.Sub, err)
	}
	return true, nil
}

// landed reports whether the row is next already: a write whose answer was lost
// is tried again by the SDK, and then meets itself.
func landed(row item, next Profile) bool {
	stored, err := fromItem(row)
	return err == nil && stored.Version == next.Version && stored.sameAs(next)
}
