package calendar

import (
	"fmt"
	"hash/fnv"
	"time"
)

// State is where a connection is in its life.
type State string

// The states of a connection. Only an active one is ever polled: the others have
// no shard, and so are not in the index at all.
const (
	None    State = "none"    // there is no connection
	Active  State = "active"  // Google lets us look
	Revoked State = "revoked" // Google does not any more; the user must connect again
	Ending  State = "ending"  // the user is disconnecting, and it is not done yet
)

// Connection is one user's connected calendar.
type Connection struct {
	Sub         string
	State       State
	Email       string // of the Google account
	Account     string // Google's id of the account
	Grant       string // random; another one after each consent
	ConnectedAt time.Time

	Refresh     []byte    // the refresh token, sealed by a Vault for Sub
	Access      []byte    // the access token, sealed likewise; nil for none
	AccessUntil time.Time // when it ends

	Settings Settings
	Skips    map[string]time.Time // event id → start, of the meetings that no bot shall join
	Upcoming []Meeting            // at most MaxUpcoming, by start

	NextPollAt time.Time
	Failures   int       // polls in a row that failed
	Problem    string    // the code of the last failure; "" after a success
	SyncedAt   time.Time // of the last success
	BusyUntil  time.Time // a poll may be calling for bots until then; others wait
	Channel    Channel   // zero where nobody is told of changes
	Share      float64   // looks a day, as last said; 0 where nobody is told of changes
	PushAt     time.Time // the last or next look that a change asked for
	PushPaid   time.Time // until when such looks are paid for, by pace.Ring
	Version    int64     // grows with every change but that of the access token, of NextPollAt and of pushes
}

// Settings are a user's wishes. The zero value joins nothing.
type Settings struct {
	AutoJoin bool
	Rules    Rules
	BotName  string // "" for the product's own
}

// Rules narrow which meetings a bot joins by itself. The zero value narrows
// nothing.
type Rules struct {
	OnlyAccepted   bool `json:"only_accepted"`    // the user has said yes, not maybe and not nothing
	OnlyWithOthers bool `json:"only_with_others"` // somebody else is invited
	OnlyMine       bool `json:"only_mine"`        // the user is the organiser
}

// Bot says what is with a meeting's bot, as far as the calendar goes.
type Bot string

// What a meeting's bot can be.
const (
	Scheduled Bot = "scheduled"
	Skipped   Bot = "skipped" // its user does not want it
	NoBot     Bot = "none"    // Reason says why
)

// Meeting is one event to come.
type Meeting struct {
	EventID    string
	Title      string
	Start, End time.Time
	MeetingURL string // "" when it has no link that we know
	Key        string // notetaker.Key of its room and start; "" without a link
	Bot        Bot
	Reason     string // a stable word for a client to translate; "" when there is nothing to explain
}

// MaxUpcoming bounds the meetings in a row: DynamoDB charges every write for the
// whole of it.
const MaxUpcoming = 50

// shards is how many parts the index of due connections has. One part takes
// 1,000 writes a second; a million connections that are polled every hour make
// 280 of them.
const shards = 16

// Shard returns the part of the index that a user's connection is in.
func Shard(sub string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(sub))
	return shardName(int(h.Sum32() % shards))
}

// Shards returns every part of the index. The slice is the caller's own.
func Shards() []string {
	out := make([]string, shards)
	for i := range out {
		out[i] = shardName(i)
	}
	return out
}

func shardName(i int) string { return fmt.Sprintf("%02d", i) }
