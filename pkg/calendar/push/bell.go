// Package push has Google tell of changes to calendars, which shortens the time
// until they are looked at. It is an addition: channels are not reliable, and the
// polls go on as if there were none, only half as often.
package push

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/pace"
	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/fault"
)

// ErrNoChannel reports a message by no channel of ours: it is unknown, has ended,
// or the secret is not its own. Which of them it is nobody is told.
var ErrNoChannel = fault.New(fault.NotFound, "NOT_FOUND", "There is no such channel.")

// Message is what Google tells by a channel, all of it in headers. Its number says
// nothing: messages are repeated, and come in any order.
type Message struct {
	Channel string // X-Goog-Channel-ID
	Token   string // X-Goog-Channel-Token, the channel's secret
	State   string // X-Goog-Resource-State: sync, exists or not_exists
}

// MessageOf reads a request's headers.
func MessageOf(h http.Header) Message {
	return Message{Channel: h.Get("X-Goog-Channel-Id"), Token: h.Get("X-Goog-Channel-Token"), State: h.Get("X-Goog-Resource-State")}
}

// Receipt is the answer to a message.
type Receipt struct {
	Outcome Outcome `json:"outcome"`
}

// Outcome is what came of a message.
type Outcome string

// What can come of a message.
const (
	Queued  Outcome = "queued"  // the calendar is looked at
	Ignored Outcome = "ignored" // nothing has to be done for it
)

// Bell takes Google's messages and has the calendars looked at. It is safe for
// concurrent use.
type Bell struct {
	Store interface {
		Get(ctx context.Context, sub string) (calendar.Connection, error)
		Ring(ctx context.Context, c calendar.Connection, look, paid time.Time) error
	}
	SQS interface {
		SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	}
	Queue string // its URL
	Now   func() time.Time
}

// Ring takes one message: with one read, and for the first of a burst one write
// and one job, which arrives when the burst has settled. An error other than
// ErrNoChannel makes Google come again.
func (b *Bell) Ring(ctx context.Context, m Message) (Receipt, error) {
	if m.State == "sync" { // says that the channel is open, at times before its row does
		return Receipt{Ignored}, nil
	}
	sub, ok := calendar.ChannelOwner(m.Channel)
	if !ok {
		return Receipt{}, ErrNoChannel
	}
	c, err := b.Store.Get(ctx, sub)
	if err != nil {
		return Receipt{}, err
	}
	now := b.Now()
	if !c.Channel.Proves(m.Channel, m.Token, now) {
		return Receipt{}, ErrNoChannel
	}
	next, ok := pace.Ring(pace.Rung{At: c.PushAt, Paid: c.PushPaid}, now, c.Share)
	if !ok {
		return Receipt{Ignored}, nil
	}
	err = b.Store.Ring(ctx, c, next.At, next.Paid)
	if errors.Is(err, calendar.ErrChanged) { // another message was quicker: its look is still to come
		return Receipt{Ignored}, nil
	}
	if err != nil {
		return Receipt{}, err
	}
	return b.send(ctx, c, next, next.At.Sub(now))
}

// send sends the job. It claims nothing: a look that is under way may have read
// the calendar before it changed, and must not stand in for this one. What the
// queue does not take was not asked for, so that Google's next try can.
func (b *Bell) send(ctx context.Context, c calendar.Connection, asked pace.Rung, wait time.Duration) (Receipt, error) {
	body, err := json.Marshal(poll.Job{Sub: c.Sub, Share: c.Share})
	if err != nil {
		return Receipt{}, fmt.Errorf("push: encode job of %s: %w", c.Sub, err)
	}
	_, err = b.SQS.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &b.Queue, MessageBody: aws.String(string(body)),
		DelaySeconds: int32(max(0, min(wait+time.Second-1, poll.MaxDelay)) / time.Second),
	})
	if err == nil {
		return Receipt{Queued}, nil
	}
	was := c
	was.PushAt = asked.At
	_ = b.Store.Ring(ctx, was, c.PushAt, c.PushPaid)
	return Receipt{}, calendar.ErrStore.With(fmt.Errorf("push: send job of %s: %w", c.Sub, err))
}
