package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/fault"
)

// atOnce is how many jobs of a batch are worked on side by side. A job waits for
// Google nearly all of its time.
const atOnce = 10

// errEvent reports a payload that is not a batch of SQS messages.
var errEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function answers SQS events only.")

// batch is the part of SQS's event that matters here.
type batch struct {
	Records []struct {
		ID   string `json:"messageId"`
		Body string `json:"body"`
	} `json:"Records"`
}

// failures is the answer: the messages that Lambda leaves in the queue.
type failures struct {
	Items []failure `json:"batchItemFailures"`
}

type failure struct {
	ID string `json:"itemIdentifier"`
}

// syncer does one job. follow.Follower is one.
type syncer interface {
	Sync(ctx context.Context, j poll.Job) error
}

// handler adapts a syncer to a batch. Each job succeeds or fails alone; one that
// keeps failing ends in the dead-letter queue.
func handler(s syncer, log *slog.Logger) boot.Func {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var b batch
		if err := json.Unmarshal(raw, &b); err != nil || b.Records == nil {
			return nil, errEvent.With(err)
		}
		failed := make([]bool, len(b.Records))
		var group errgroup.Group
		group.SetLimit(atOnce)
		for i, r := range b.Records {
			group.Go(func() error {
				if err := work(ctx, s, r.Body); err != nil {
					failed[i] = true
					log.ErrorContext(ctx, "message failed", "code", fault.Of(err).Code, "message_id", r.ID, "error", err)
				}
				return nil
			})
		}
		err := group.Wait()
		out := failures{Items: []failure{}}
		for i, r := range b.Records {
			if failed[i] {
				out.Items = append(out.Items, failure{r.ID})
			}
		}
		return out, err
	}
}

// work does one message. A panic fails that message alone.
func work(ctx context.Context, s syncer, body string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("calendar-sync: panic: %v", r)
		}
	}()
	j, err := poll.Parse(body)
	if err != nil {
		return err
	}
	return s.Sync(ctx, j)
}
