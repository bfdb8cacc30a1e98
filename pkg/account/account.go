// Package account is what a person may ask of us about everything at once: to get
// it all, and to have it all deleted.
//
// An export is one JSON document, streamed table by table. A deletion is a list of
// steps, each of which can be repeated; the row in entitlements says that it has
// begun, so that whatever stops it half way, the next try goes on to the end; and a
// message in a queue, sent before anything began, is that try if nobody else makes
// one. What the law needs stays, without a name or an address: payments at Stripe, the
// evidence of consent, and that the account was deleted.
package account

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/fault"
)

// Person is a signed-in user, by the names that Cognito has for one.
type Person struct {
	Sub      string // for life; every row is keyed by it
	Username string // what the admin API wants
}

// Tables are the real names of the tables that hold something of a person.
type Tables struct {
	Entitlements, Profiles, Consents, Bots, Chunks, Connections, Legacy string
}

var (
	// ErrUnavailable reports that something could not be read.
	ErrUnavailable = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE",
		"Your data cannot be read right now. Try again in a few seconds.").After(2 * time.Second)
	// ErrUnfinished reports a deletion that has begun and is not at its end.
	ErrUnfinished = fault.New(fault.Unavailable, "DELETION_UNFINISHED",
		"Your account is locked and its deletion has begun, but not everything is gone yet. It goes on by itself; you need do nothing more.").After(time.Minute)
)

// item is a row as DynamoDB has it.
type item = map[string]types.AttributeValue

// The keys of the tables.
const (
	keySub  = "cognito_sub"
	keyBot  = "bot_id"
	keyHash = "email_hash"
	keySeq  = "seq"
	botsGSI = "bot_id" // the index of bots by their id
)

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// textOf returns a string attribute, "" when it is absent or no string.
func textOf(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}
