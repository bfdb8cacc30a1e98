package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/mail/suppress"
)

// keeperFunc is a keeper made of a function.
type keeperFunc func(suppress.Event) error

func (f keeperFunc) Keep(_ context.Context, e suppress.Event) error { return f(e) }

// hear hands SES's events to the function as SNS delivers them, and returns what
// was kept, the log and the function's error.
func hear(t *testing.T, failure error, messages ...string) (kept []suppress.Event, log string, err error) {
	t.Helper()
	var out bytes.Buffer
	h := handler(keeperFunc(func(e suppress.Event) error {
		kept = append(kept, e)
		return failure
	}), slog.New(slog.NewJSONHandler(&out, nil)), time.Now)
	var all []any
	for _, m := range messages {
		n := awstest.Notification{MessageID: "n1", Message: m}
		var event struct{ Records []any }
		if err := json.Unmarshal(n.LambdaEvent(), &event); err != nil {
			t.Fatal(err)
		}
		all = append(all, event.Records...)
	}
	raw, err := json.Marshal(map[string]any{"Records": all})
	if err != nil {
		t.Fatal(err)
	}
	_, err = h(t.Context(), raw)
	return kept, out.String(), err
}

const (
	about     = `"mail":{"timestamp":"2026-11-21T12:00:00.000Z","messageId":"0100-m1","destination":["ada@example.com"],"tags":{"mail":["sign-up"]}}`
	bounced   = `{"eventType":"Bounce","bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"ada@example.com"}],"timestamp":"2026-11-21T12:00:01.000Z"},` + about + `}`
	delivered = `{"eventType":"Delivery",` + about + `}`
	rejected  = `{"eventType":"Reject",` + about + `}`
)

func TestEachEventIsKeptAndCounted(t *testing.T) {
	t.Parallel()
	kept, log, err := hear(t, nil, bounced, delivered, rejected)
	if err != nil || len(kept) != 3 || kept[0].Fate != suppress.Bounced || kept[0].Addresses[0] != "ada@example.com" {
		t.Errorf("kept %+v, %v, want all three, the bounce with its address", kept, err)
	}
	for _, want := range []string{`"MailBounced":1`, `"MailDelivered":1`, `"MailRejected":1`, `"code":"MAIL_REJECTED"`, `"mail":"sign-up"`, `"message_id":"0100-m1"`} {
		if !strings.Contains(log, want) {
			t.Errorf("log lacks %s: %s", want, log)
		}
	}
	if strings.Contains(log, "@") {
		t.Errorf("log tells the address: %s", log)
	}
}

func TestAFailureIsDeliveredAgain(t *testing.T) {
	t.Parallel()
	down := suppress.ErrUnavailable.With(errors.New("throttled"))
	kept, _, err := hear(t, down, bounced, delivered)
	if !errors.Is(err, suppress.ErrUnavailable) || len(kept) != 2 {
		t.Errorf("kept %d, error = %v, want both tried and ErrUnavailable", len(kept), err)
	}
}

func TestNonsenseIsADeadLetter(t *testing.T) {
	t.Parallel()
	kept, _, err := hear(t, nil, "to ada@example.com", bounced)
	if fault.Of(err).Code != "INVALID_EVENT" || len(kept) != 1 {
		t.Errorf("kept %d, error = %v, want the good one kept and INVALID_EVENT", len(kept), err)
	}
	h := handler(keeperFunc(func(suppress.Event) error { return nil }), slog.New(slog.DiscardHandler), time.Now)
	for _, raw := range []string{`{}`, `[]`, `null`, `{"Records":[]}`, `{`} {
		if _, err := h(t.Context(), json.RawMessage(raw)); fault.Of(err).Code != "INVALID_EVENT" {
			t.Errorf("%s = %v, want INVALID_EVENT", raw, err)
		}
	}
}

// FuzzHandler looks for an event that panics or leaks into the error.
func FuzzHandler(f *testing.F) {
	f.Add([]byte(`{"Records":[{"Sns":{"Message":"{}"}}]}`))
	f.Add([]byte(`{"Records":[{"Sns":{"Message":5}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		h := handler(keeperFunc(func(suppress.Event) error { return nil }), slog.New(slog.DiscardHandler), time.Now)
		if _, err := h(t.Context(), raw); err != nil && fault.Of(err).Code != "INVALID_EVENT" {
			t.Errorf("%q = %v", raw, err)
		}
	})
}
