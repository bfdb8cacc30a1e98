package notetaker

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/fault"
)

// ErrNoBot reports a bot that is not there, or is somebody else's.
var ErrNoBot = fault.New(fault.NotFound, "NOT_FOUND", "There is no such notetaker among yours.")

// Page is the answer of GET /api/recall/chunks.
type Page struct {
	Chunks []Utterance `json:"chunks"`
	Next   int64       `json:"next"` // what to ask with next time
	More   bool        `json:"more"` // ask again at once
	Status string      `json:"status"`
	Text   string      `json:"status_text"`
	// PollAfterMS is when it is worth asking again; 0 with More false means that
	// nothing more will come.
	PollAfterMS int64 `json:"poll_after_ms"`
}

// Reader reads the callers' own transcripts.
type Reader struct {
	Rows   Getter
	Bots   string
	Chunks *Chunks
	Gate   Gate
	Limit  int32 // utterances per page; 0 means 200
	Now    func() time.Time
}

// Read returns what was said in the caller's call behind since. Ownership and
// text are read side by side; the text of somebody else's call is thrown away.
func (r *Reader) Read(ctx context.Context, sub, botID string, since int64) (Page, error) {
	var own bot
	var b books
	var page Page
	var g errgroup.Group // neither waits for the other, nor gains from its end
	g.Go(func() (err error) {
		own, b, err = readBot(ctx, r.Rows, r.Bots, r.Chunks.Table, sub, botID, r.Gate)
		return err
	})
	g.Go(func() (err error) {
		page.Chunks, page.More, err = r.Chunks.since(ctx, botID, since, r.limit())
		return err
	})
	if err := g.Wait(); err != nil {
		return Page{}, err
	}
	if own.BotID == "" {
		return Page{}, ErrNoBot
	}
	if own.Until > 0 { // others have the bot still, but it is not the caller's any more
		page.Chunks = slices.DeleteFunc(page.Chunks, func(u Utterance) bool { return u.Seq >= own.Until })
		page.More, b.Last = false, min(b.Last, own.Until-1)
	}
	page.Next = max(since, 0)
	if n := len(page.Chunks); n > 0 {
		page.Next = page.Chunks[n-1].Seq
	}
	// The books may be newer than the page: whoever hears of the end must also
	// hear of the last words.
	page.More = page.More || b.Last > page.Next
	state := own.state(b)
	page.Status, page.Text = state.Code, state.Text()
	page.PollAfterMS = pollAfter(page.More, state, own.JoinAt, r.Now()).Milliseconds()
	return page, nil
}

func (r *Reader) limit() int32 {
	if r.Limit > 0 {
		return r.Limit
	}
	return 200
}

// readBot reads a user's row of a bot and the call's books in one round trip, and
// with them what the gate wants to see. A bot that is not there is zero.
func readBot(ctx context.Context, db Getter, bots, chunks, sub, botID string, gate Gate) (own bot, k books, err error) {
	keys := map[string]types.KeysAndAttributes{
		bots:   {Keys: []Item{{"cognito_sub": str(sub), "bot_id": str(botID)}}, ConsistentRead: aws.Bool(true)},
		chunks: {Keys: []Item{booksKey(botID)}, ConsistentRead: aws.Bool(true)},
	}
	rows, err := gate.read(ctx, db, sub, keys)
	if err != nil {
		return bot{}, books{}, err
	}
	for _, it := range rows[bots] {
		own = botOf(it)
	}
	for _, it := range rows[chunks] {
		k = booksOf(it)
	}
	return own, k, nil
}

const (
	// live is how often to ask while people talk.
	live = 2 * time.Second
	// waits is how often to ask while nothing can be said yet.
	waits = 5 * time.Second
	// later is the longest pause that is suggested.
	later = time.Minute
)

// pollAfter suggests when to ask again.
func pollAfter(more bool, s State, joinAt, now time.Time) time.Duration {
	switch {
	case more, s.Over() && (s.Final || s.Code != "done"):
		return 0
	case s.Over():
		return 2 * waits // the repair may still come
	case s.InCall():
		return live
	}
	return min(max(joinAt.Sub(now), waits), later)
}
