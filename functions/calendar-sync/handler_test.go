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

	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/fault"
)

// byName does every job but those whose sub names a failure.
type byName struct{ done *atomic.Int32 }

func (b byName) Sync(_ context.Context, j poll.Job) error {
	switch j.Sub {
	case "later":
		return fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "").With(errors.New("throttled"))
	case "bad":
		panic("nil map")
	}
	b.done.Add(1)
	return nil
}

func TestEachJobFailsAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, event, want string
		done              int32
	}{
		{"all go well", `{"Records":[{"messageId":"m1","body":"{\"sub\":\"u1\",\"claim\":17,\"share\":9}"},{"messageId":"m2","body":"{\"sub\":\"u2\"}"}]}`, `{"batchItemFailures":[]}`, 2},
		{"no messages", `{"Records":[]}`, `{"batchItemFailures":[]}`, 0},
		{"one must be tried again", `{"Records":[{"messageId":"m1","body":"{\"sub\":\"later\"}"},{"messageId":"m2","body":"{\"sub\":\"u2\"}"}]}`, `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, 1},
		{"three are poison", `{"Records":[{"messageId":"m1","body":"{\"sub\":\"u1\"}"},{"messageId":"m2","body":"hello"},{"messageId":"m3","body":""},{"messageId":"m4","body":"{}"}]}`, `{"batchItemFailures":[{"itemIdentifier":"m2"},{"itemIdentifier":"m3"},{"itemIdentifier":"m4"}]}`, 1},
		{"one panics", `{"Records":[{"messageId":"m1","body":"{\"sub\":\"bad\"}"},{"messageId":"m2","body":"{\"sub\":\"u2\"}"}]}`, `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var done atomic.Int32
			out, err := handler(byName{&done}, slog.New(slog.DiscardHandler))(t.Context(), json.RawMessage(tt.event))
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := json.Marshal(out); string(got) != tt.want {
				t.Errorf("answered %s, want %s", got, tt.want)
			}
			if done.Load() != tt.done {
				t.Errorf("did %d jobs, want %d", done.Load(), tt.done)
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

// blocking is a syncer that runs a function first.
type blocking func()

func (b blocking) Sync(context.Context, poll.Job) error { b(); return nil }

func TestABatchIsWorkedOnSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var busy atomic.Int32
		release := make(chan struct{})
		var records []string
		for range 15 {
			records = append(records, `{"messageId":"m","body":"{\"sub\":\"u\"}"}`)
		}
		done := make(chan error, 1)
		go func() {
			_, err := handler(blocking(func() { busy.Add(1); <-release }), slog.New(slog.DiscardHandler))(t.Context(), json.RawMessage(`{"Records":[`+strings.Join(records, ",")+`]}`))
			done <- err
		}()
		synctest.Wait()
		if got := busy.Load(); got != atOnce {
			t.Errorf("%d jobs at once, want %d", got, atOnce)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestAFailureIsLoggedByItsMessage(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	event := json.RawMessage(`{"Records":[{"messageId":"m7","body":"{\"sub\":\"later\"}"}]}`)
	if _, err := handler(byName{new(atomic.Int32)}, slog.New(slog.NewJSONHandler(&log, nil)))(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"code":"UPSTREAM_UNAVAILABLE"`, `"message_id":"m7"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("log %s, want %s in it", log.String(), want)
		}
	}
}
