package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail/suppress"
)

// errEvent reports a payload that is not a delivery of SNS.
var errEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This function answers SNS events only.")

// delivery is the part of SNS's event that matters here.
type delivery struct {
	Records []struct {
		SNS struct {
			MessageID string `json:"MessageId"`
			Message   string `json:"Message"`
		} `json:"Sns"`
	} `json:"Records"`
}

// keeper puts addresses on the list. suppress.List is one.
type keeper interface {
	Keep(ctx context.Context, e suppress.Event) error
}

// handler keeps what SES tells. An error has SNS deliver again, and in the end
// makes a dead letter: nothing here is harmed by a second time.
func handler(k keeper, log *slog.Logger, now func() time.Time) boot.Func {
	return func(ctx context.Context, raw json.RawMessage) (any, error) {
		var d delivery
		if err := json.Unmarshal(raw, &d); err != nil || len(d.Records) == 0 {
			return nil, errEvent
		}
		var all []error
		for _, r := range d.Records {
			e, err := suppress.ParseEvent(r.SNS.Message)
			if err == nil {
				note(ctx, log, now(), e)
				err = k.Keep(ctx, e)
			}
			all = append(all, err)
		}
		return nil, errors.Join(all...)
	}
}

// metric is the count that a fate is part of; "" for none.
func metric(f suppress.Fate) string {
	switch f {
	case suppress.Delivered:
		return "MailDelivered"
	case suppress.Bounced:
		return "MailBounced"
	case suppress.Deferred:
		return "MailDeferred"
	case suppress.Complained:
		return "MailComplained"
	case suppress.Rejected:
		return "MailRejected"
	}
	return ""
}

// note writes the line about a mail, and counts it. It names no address.
func note(ctx context.Context, log *slog.Logger, now time.Time, e suppress.Event) {
	attrs := []any{"fate", string(e.Fate), "kind", e.Kind, "mail", e.Mail, "message_id", e.MessageID}
	if name := metric(e.Fate); name != "" {
		attrs = append(attrs, boot.Count(now, name, 1)...)
	}
	level := slog.LevelInfo
	if e.Fate == suppress.Rejected {
		level = slog.LevelError
		attrs = append(attrs, "code", "MAIL_REJECTED")
	}
	log.Log(ctx, level, "mail", attrs...)
}
