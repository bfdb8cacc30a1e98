// Package calendar keeps users' connections to their Google calendars: how one
// is made and ended, what its user has set, and which meetings come next.
//
// A connection is one row of the table calendar_connections. It becomes due at
// its next_poll_at; pkg/calendar/poll looks for those that are, and
// pkg/calendar/follow makes the bots of pkg/notetaker follow from its events.
// Google itself is in pkg/calendar/google.
package calendar

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/fault"
)

var (
	// ErrStore reports that a table did not answer.
	ErrStore = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "Your calendar's settings cannot be read or changed right now. Try again in a few seconds.").After(2 * time.Second)
	// ErrGoogle reports that Google did not answer, or not in time.
	ErrGoogle = fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "Google does not answer right now. Try again in a minute.").After(30 * time.Second)
	// ErrClient reports that Google refuses the fleet itself: the secret
	// callanalyst/google is wrong, or the client is locked. No user can help it, and
	// no connection is to blame.
	ErrClient = fault.New(fault.Internal, "GOOGLE_CLIENT_REFUSED", "Google does not accept our side of the connection. We have to repair it; try again later.")
	// ErrRevoked reports that Google no longer honours the connection's grant: its
	// user took it back, or it ran out. Only the user can make a new one.
	ErrRevoked = fault.New(fault.Conflict, "CALENDAR_REVOKED", "Google no longer lets us see your calendar. Connect it again.")
	// ErrChanged reports that the row is not what was read any more: its user
	// changed it, connected again or disconnected. What was based on it is stale.
	ErrChanged = fault.New(fault.Conflict, "CALENDAR_CHANGED", "Your calendar's settings were changed at the same time. Try again.")
	// ErrNone reports that the user has no connected calendar.
	ErrNone = fault.New(fault.NotFound, "CALENDAR_NOT_CONNECTED", "No calendar is connected. Connect one first.")
)

// Item is a row as DynamoDB holds it. Times are numbers of Unix seconds.
type Item = map[string]types.AttributeValue

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func flag(b bool) types.AttributeValue  { return &types.AttributeValueMemberBOOL{Value: b} }
func bin(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

// at writes no time at all as 0.
func at(t time.Time) types.AttributeValue {
	if t.IsZero() {
		return num(0)
	}
	return num(t.Unix())
}

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func words(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func yes(v types.AttributeValue) bool {
	b, ok := v.(*types.AttributeValueMemberBOOL)
	return ok && b.Value
}

func octets(v types.AttributeValue) []byte {
	b, ok := v.(*types.AttributeValueMemberB)
	if !ok {
		return nil
	}
	return b.Value
}

func whole(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0
	}
	return i
}

func moment(v types.AttributeValue) time.Time {
	n := whole(v)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func members(v types.AttributeValue) Item {
	m, ok := v.(*types.AttributeValueMemberM)
	if !ok {
		return nil
	}
	return m.Value
}
