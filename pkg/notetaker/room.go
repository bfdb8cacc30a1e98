package notetaker

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// botOwner is the range key of the row with the bot itself; the others are subs.
const botOwner = "bot"

// The states of a dispatch.
const (
	calling    = "calling"    // Recall is being asked, or nobody knows the answer
	waiting    = "waiting"    // Recall refused for now; ask again under a new key
	placed     = "placed"     // Recall has it
	cancelling = "cancelling" // Recall is being told to end it
	gone       = "gone"       // ended by us; another wish makes a new bot
	failed     = "failed"     // Recall refused for good
)

// room is everything known of one room and start.
type room struct {
	key    string
	bot    dispatch
	wishes map[string]wish
}

// dispatch is the row with the bot itself.
type dispatch struct {
	id         string
	generation int64
	attempt    int64 // of the order; part of its idempotency key
	state      string
	recall     string
	url        string
	start      time.Time
	atOnce     bool
	longest    time.Duration
	firstCall  time.Time // of this attempt
	lease      time.Time // somebody is at it until then
	version    int64
	again      bool // not the first attempt: an earlier one may have got through. Not stored
}

// wish is one user's row.
type wish struct {
	sub        string
	wanted     bool
	stopped    bool // of the bot, which holds for the place
	skipped    bool // of a meeting, which its calendar knows; holds until that has been looked at
	url, title string
	source     Source
	parted     string // the bot that the user's share has ended in
}

func (w wish) holds() bool { return w.wanted && !w.barred() }

// barred reports whether the user said no: no calendar may ask for a bot.
func (w wish) barred() bool { return w.stopped || w.skipped }

// over reports whether there is no bot, nor will one come of this generation.
func (b dispatch) over() bool { return b.state == "" || b.state == gone || b.state == failed }

// wanted reports whether anybody wants the bot.
func (r room) wanted() bool { return r.others("") }

// others reports whether anybody but sub wants the bot.
func (r room) others(sub string) bool {
	for _, w := range r.wishes {
		if w.sub != sub && w.holds() {
			return true
		}
	}
	return false
}

// next is the generation that a new bot would be of.
func (r room) next() int64 {
	if r.bot.over() {
		return r.bot.generation + 1
	}
	return r.bot.generation
}

// step is what there is to do about a room.
type step int

const (
	nothing step = iota
	create
	cancel
)

// decide says what to do about a room at now. It is the one place where that is
// decided.
func (r room) decide(now time.Time) step {
	switch {
	case now.Before(r.bot.lease):
		return nothing // whoever has the lease looks again after it
	case r.bot.state == cancelling, !r.wanted() && !r.bot.over():
		return cancel // also when somebody wants it again: the old one goes first
	case !r.wanted(), r.bot.state == placed, r.bot.state == failed:
		return nothing
	}
	return create
}

// load reads a room as it is now.
func (d *Dispatcher) load(ctx context.Context, key string) (room, error) {
	r := room{key: key, wishes: map[string]wish{}}
	in := &dynamodb.QueryInput{
		TableName: &d.Dispatches, ConsistentRead: aws.Bool(true),
		KeyConditionExpression: aws.String("room_start = :k"), ExpressionAttributeValues: Item{":k": str(key)},
	}
	for pages := dynamodb.NewQueryPaginator(d.DB, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return room{}, ErrStore.With(fmt.Errorf("notetaker: read dispatch %s: %w", key, err))
		}
		for _, it := range page.Items {
			if owner := words(it["owner"]); owner == botOwner {
				r.bot = dispatchOf(it)
			} else {
				r.wishes[owner] = wishOf(it)
			}
		}
	}
	return r, nil
}

func dispatchOf(it Item) dispatch {
	return dispatch{
		id: words(it["bot_id"]), generation: whole(it["generation"]), attempt: whole(it["attempt"]), state: words(it["state"]),
		recall: words(it["recall_id"]), url: words(it["meeting_url"]), start: moment(it["join_at"]), atOnce: yes(it["at_once"]),
		longest: time.Duration(whole(it["longest"])) * time.Second, firstCall: moment(it["first_call"]),
		lease: time.UnixMilli(whole(it["lease_until_ms"])), version: whole(it["version"]),
	}
}

func wishOf(it Item) wish {
	return wish{
		sub: words(it["owner"]), wanted: yes(it["wanted"]), stopped: yes(it["stopped"]), skipped: yes(it["skipped"]),
		url: words(it["meeting_url"]), title: words(it["title"]), source: Source(words(it["source"])), parted: words(it["parted"]),
	}
}
