package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"callanalyst/pkg/fault"
)

// byName greets everybody but those whose sub names a failure.
type byName struct{ greeted *atomic.Int32 }

func (g byName) Greet(_ context.Context, sub string) error {
	switch sub {
	case "later":
		return fault.New(fault.Unavailable, "MAIL_UNAVAILABLE", "").With(errors.New("ada@example.com throttled"))
	case "bad":
		panic("ada@example.com: nil map")
	}
	g.greeted.Add(1)
	return nil
}

func TestEachMessageFailsAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, event, want string
		greeted           int32
	}{
		{name: "all go well", event: `{"Records":[{"messageId":"m1","body":"{\"sub\":\"u1\"}"},{"messageId":"m2","body":"{\"sub\":\"u2\"}"}]}`, want: `{"batchItemFailures":[]}`, greeted: 2},
		{name: "no messages", event: `{"Records":[]}`, want: `{"batchItemFailures":[]}`},
		{name: "one must be tried again", event: `{"Records":[{"messageId":"m1","body":"{\"sub\":\"later\"}"},{"messageId":"m2","body":"{\"sub\":\"u2\"}"}]}`, want: `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, greeted: 1},
		{name: "one is poison", event: `{"Records":[{"messageId":"m1","body":"{\"sub\":\"u1\"}"},{"messageId":"m2","body":"hello"},{"messageId":"m3","body":""}]}`, want: `{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"}]}`, greeted: 1},
		{name: "one panics", event: `{"Records":[{"messageId":"m1","body":"{\"sub\":\"bad\"}"},{"messageId":"m2","body":"{\"sub\":\"u2\"}"}]}`, want: `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, greeted: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var greeted atomic.Int32
			out, err := handler(byName{&greeted}, slog.New(slog.DiscardHandler))(t.Context(), json.RawMessage(tt.event))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(out); string(got) != tt.want {
				t.Errorf("answered %s, want %s", got, tt.want)
			}
			if greeted.Load() != tt.greeted {
				t.Errorf("greeted %d, want %d", greeted.Load(), tt.greeted)
			}
		})
	}
}

func TestWhatIsNoBatchIsAnError(t *testing.T) {
	t.Parallel()
	for _, event := range []string{"", "{", "null", "{}", `{"Records":null}`, `{"Records":{}}`, `[]`} {
		out, err := handler(byName{new(atomic.Int32)}, slog.New(slog.DiscardHandler))(t.Context(), json.RawMessage(event))
		if !errors.Is(err, errEvent) {
			t.Errorf("answered %q with %v, %v, want INVALID_EVENT: an empty answer would delete the messages", event, out, err)
		}
	}
}

func TestABatchIsWorkedOnSideBySideWithinALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var busy atomic.Int32
		release := make(chan struct{})
		g := blocking(func() {
			busy.Add(1)
			<-release
		})
		var records []string
		for range 10 {
			records = append(records, `{"messageId":"m","body":"{\"sub\":\"u\"}"}`)
		}
		done := make(chan error, 1)
		go func() {
			_, err := handler(g, slog.New(slog.DiscardHandler))(t.Context(), json.RawMessage(`{"Records":[`+strings.Join(records, ",")+`]}`))
			done <- err
		}()
		synctest.Wait()
		if got := busy.Load(); got != atOnce {
			t.Errorf("%d messages at once, want %d", got, atOnce)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// blocking is a greeter that runs a function first.
type blocking func()

func (b blocking) Greet(context.Context, string) error {
	b()
	return nil
}

func TestAFailureIsLoggedByItsMessage(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	event := json.RawMessage(`{"Records":[{"messageId":"m7","body":"{\"sub\":\"later\"}"}]}`)
	if _, err := handler(byName{new(atomic.Int32)}, slog.New(slog.NewJSONHandler(&log, nil)))(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"code":"MAIL_UNAVAILABLE"`, `"message_id":"m7"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log %s, want %s in it", log.String(), want)
		}
	}
}

func FuzzHandler(f *testing.F) {
	f.Add([]byte(`{"Records":[{"messageId":"m1","body":"{\"sub\":\"u1\"}"},{"messageId":"m2","body":"x"}]}`))
	f.Add([]byte(`{"Records":[{}]}`))
	f.Add([]byte(`{"records":[{"messageId":1}]}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		var greeted atomic.Int32
		out, err := handler(byName{&greeted}, slog.New(slog.DiscardHandler))(t.Context(), event)
		if err != nil {
			return
		}
		var b batch
		if err := json.Unmarshal(event, &b); err != nil {
			t.Fatalf("answered %q, which is no batch", event)
		}
		if n := len(out.(failures).Items) + int(greeted.Load()); n != len(b.Records) {
			t.Errorf("%q: %d of %d messages greeted or failed", event, n, len(b.Records))
		}
	})
}
