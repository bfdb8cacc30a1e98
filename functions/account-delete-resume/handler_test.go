package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"callanalyst/pkg/account"
)

// byName ends every deletion but that of "stuck".
type byName struct{ ended []string }

func (d *byName) Resume(_ context.Context, sub string) error {
	if sub == "stuck" {
		return account.ErrUnfinished.With(errors.New("stripe is down"))
	}
	d.ended = append(d.ended, sub)
	return nil
}

func TestAMessageStaysUntilItsDeletionIsDone(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, event, want, ended string }{
		{name: "it is done", event: `{"Records":[{"messageId":"m1","body":"{\"sub\":\"u1\"}"}]}`, want: `{"batchItemFailures":[]}`, ended: "u1"},
		{name: "a step fails again", event: `{"Records":[{"messageId":"m1","body":"{\"sub\":\"stuck\"}"},{"messageId":"m2","body":"{\"sub\":\"u2\"}"}]}`, want: `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, ended: "u2"},
		{name: "a message makes no sense", event: `{"Records":[{"messageId":"m1","body":"hello"}]}`, want: `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`},
		{name: "no messages", event: `{"Records":[]}`, want: `{"batchItemFailures":[]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var d byName
			out, err := handler(&d, slog.New(slog.DiscardHandler))(t.Context(), json.RawMessage(tt.event))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(out); string(got) != tt.want {
				t.Errorf("answered %s, want %s", got, tt.want)
			}
			if got := strings.Join(d.ended, " "); got != tt.ended {
				t.Errorf("ended the deletions of %q, want %q", got, tt.ended)
			}
		})
	}
}

func TestOtherEventsAreRefused(t *testing.T) {
	t.Parallel()
	for _, event := range []string{`{}`, `[]`, `{"Records":7}`, `"hello"`} {
		if out, err := handler(&byName{}, slog.New(slog.DiscardHandler))(t.Context(), json.RawMessage(event)); out != nil || !errors.Is(err, errEvent) {
			t.Errorf("%s answered %v, %v, want errEvent", event, out, err)
		}
	}
}

func TestTheLogNamesTheMessageAlone(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	_, err := handler(&byName{}, slog.New(slog.NewJSONHandler(&log, nil)))(t.Context(), json.RawMessage(`{"Records":[{"messageId":"m1","body":"ada@example.com"}]}`))
	if err != nil || strings.Contains(log.String(), "ada@") || !strings.Contains(log.String(), `"message_id":"m1"`) {
		t.Errorf("%v, log %s", err, log.String())
	}
}
