package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"callanalyst/pkg/account"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

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

// resumer ends deletions. account.Deleter is one.
type resumer interface {
	Resume(ctx context.Context, sub string) error
}

// handler adapts a resumer to a batch. A message whose deletion is not at its end
// stays in the queue; one that makes no sense ends in the dead-letter queue.
func handler(d resumer, log *slog.Logger) boot.Func {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var b batch
		if err := json.Unmarshal(raw, &b); err != nil || b.Records == nil {
			return nil, errEvent.With(err)
		}
		out := failures{Items: []failure{}}
		for _, r := range b.Records {
			sub, err := account.ParseMessage(r.Body)
			if err == nil {
				err = d.Resume(ctx, sub)
			}
			if err != nil {
				log.ErrorContext(ctx, "message failed", "code", fault.Of(err).Code, "message_id", r.ID, "error", err)
				out.Items = append(out.Items, failure{r.ID})
			}
		}
		return out, nil
	}
}
