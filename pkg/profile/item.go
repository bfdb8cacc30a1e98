package profile

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// keySub is the hash key of both tables.
const keySub = "cognito_sub"

// errItem reports a row that this package did not write so.
var errItem = errors.New("profile: row is malformed")

type item = map[string]types.AttributeValue

// newItem returns the row of a new profile. Attributes that are empty stay out:
// an index key may not be empty. Preferences and custom fields are kept as JSON
// text, which gives back exactly what was stored, however large its numbers.
func newItem(p Profile, now time.Time) item {
	at := number(now.Unix())
	it := item{
		keySub:        text(p.Sub),
		"preferences": text(string(p.Preferences)),
		"custom":      text(string(p.Custom)),
		"version":     number(1),
		"created_at":  at,
		"updated_at":  at,
	}
	for name, value := range map[string]string{"email": p.Email, "name": p.Name, "avatar_url": p.AvatarURL} {
		if value != "" {
			it[name] = text(value)
		}
	}
	return it
}

// fromItem reads a row. The zero Profile stands for no row.
func fromItem(it item) (Profile, error) {
	if it == nil {
		return Profile{}, nil
	}
	p := Profile{
		Sub: textOf(it[keySub]), Email: textOf(it["email"]), Name: textOf(it["name"]), AvatarURL: textOf(it["avatar_url"]),
		Version: numberOf(it["version"]), Source: FromDynamoDB,
	}
	var err error
	if p.Preferences, err = object(it["preferences"]); err != nil {
		return Profile{}, fmt.Errorf("%w: preferences of %s", err, p.Sub)
	}
	if p.Custom, err = object(it["custom"]); err != nil {
		return Profile{}, fmt.Errorf("%w: custom fields of %s", err, p.Sub)
	}
	if p.Version < 1 {
		return Profile{}, fmt.Errorf("%w: version of %s", errItem, p.Sub)
	}
	return p, nil
}

// object returns an attribute's JSON object, an empty one when it is absent.
func object(v types.AttributeValue) (json.RawMessage, error) {
	if v == nil {
		return emptyObject(), nil
	}
	s := textOf(v)
	if len(s) < 2 || s[0] != '{' || !json.Valid([]byte(s)) {
		return nil, errItem
	}
	return json.RawMessage(s), nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// textOf returns a string attribute, "" when it is absent or no string.
func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// numberOf returns a whole-number attribute, 0 when it is absent or none.
func numberOf(v types.AttributeValue) int64 {
	s, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
