package account

import (
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// plain turns a row into what its person may read. Secrets that we hold for them
// stay out: they open doors elsewhere, and an export ends in a folder of downloads.
func plain(it item) map[string]any {
	out := make(map[string]any, len(it))
	for name, v := range it {
		if secret(name) {
			continue
		}
		if value, ok := value(v); ok {
			out[name] = value
		}
	}
	return out
}

// secret reports attributes that never leave. Bytes are always ciphertext here,
// and value drops them whatever their name is.
func secret(name string) bool {
	for _, part := range []string{"token", "secret", "cipher", "verifier", "nonce", "lease"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// value returns an attribute as JSON has it; false for bytes.
func value(v types.AttributeValue) (any, bool) {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return document(v.Value), true
	case *types.AttributeValueMemberN:
		return json.Number(v.Value), true
	case *types.AttributeValueMemberBOOL:
		return v.Value, true
	case *types.AttributeValueMemberNULL:
		return nil, true
	case *types.AttributeValueMemberM:
		return plain(v.Value), true
	case *types.AttributeValueMemberSS:
		return v.Value, true
	case *types.AttributeValueMemberNS:
		return v.Value, true
	case *types.AttributeValueMemberL:
		list := []any{}
		for _, x := range v.Value {
			if x, ok := value(x); ok {
				list = append(list, x)
			}
		}
		return list, true
	}
	return nil, false
}

// document returns a text that is a JSON object as that object: profiles keep
// preferences so.
func document(s string) any {
	if strings.HasPrefix(s, "{") && json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return s
}
