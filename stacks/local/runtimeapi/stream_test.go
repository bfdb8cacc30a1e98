package runtimeapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"callanalyst/stacks/local/runtimeapi"
)

// recorder is a Sink that tells the test of each piece.
type recorder struct {
	contentType string
	prelude     chan []byte
	pieces      chan string
	err         error // what Write answers
}

func newRecorder() *recorder {
	return &recorder{prelude: make(chan []byte, 1), pieces: make(chan string, 100)}
}

func (r *recorder) Head(contentType string, prelude []byte) error {
	r.contentType = contentType
	r.prelude <- prelude
	return nil
}

func (r *recorder) Write(p []byte) (int, error) {
	r.pieces <- string(p)
	return len(p), r.err
}

// rest is all that has come and was not received.
func (r *recorder) rest() string {
	var b strings.Builder
	for {
		select {
		case p := <-r.pieces:
			b.WriteString(p)
		default:
			return b.String()
		}
	}
}

type ending struct {
	res runtimeapi.Result
	err error
}

// startStream invokes the stream behaviour and lets the test feed it.
func startStream(t *testing.T, h *runtimeapi.Host, ctx context.Context, in streamEvent, sink runtimeapi.Sink) chan ending {
	t.Helper()
	set(t, h, function("stream"))
	payload, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	end := make(chan ending, 1)
	go func() {
		res, err := h.Stream(ctx, "stream", payload, sink)
		end <- ending{res, err}
	}()
	return end
}

func TestStreamHandsOnEachPieceAtOnce(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g, sink := newGate(t), newRecorder()
	end := startStream(t, h, t.Context(), streamEvent{URL: g.url, Status: 201}, sink)

	prelude := receive(t, "the head, before any piece is written", sink.prelude)
	if want := `{"statusCode":201,"headers":{"Content-Type":"text/event-stream"}}`; string(prelude) != want {
		t.Errorf("prelude = %s, want %s", prelude, want)
	}
	for i := range 5 {
		receive(t, "the function's call", g.asked)
		give := fmt.Sprintf("data: %d\n\n", i)
		g.say <- give
		// The function now waits for the next piece, so this one has come alone.
		if got := receive(t, "the piece", sink.pieces); got != give {
			t.Fatalf("piece %d = %q, want %q", i, got, give)
		}
	}
	select {
	case e := <-end:
		t.Fatalf("Stream() = %+v before the function ended", e)
	default:
	}
	receive(t, "the function's call", g.asked)
	g.say <- ""

	e := receive(t, "the end", end)
	if e.err != nil || e.res.Outcome != runtimeapi.OK || len(e.res.Payload) != 0 {
		t.Errorf("Stream() = %+v, %v; want ok without a payload", e.res, e.err)
	}
	if r := sink.rest(); r != "" {
		t.Errorf("rest = %q, want none", r)
	}
}

func TestStreamThatFailsMidway(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		in       streamEvent
		want     runtimeapi.Outcome
		wantType string
		wantText string
	}{
		{name: "an error comes in the trailers", in: streamEvent{Fail: true}, want: runtimeapi.Failed, wantType: "errorString", wantText: "upstream broke off"},
		{name: "a crash breaks the body off", in: streamEvent{Exit: true}, want: runtimeapi.Crashed, wantType: "Runtime.ExitError", wantText: "exit status 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, runtimeapi.Options{})
			g, sink := newGate(t), newRecorder()
			tt.in.URL, tt.in.Status = g.url, 200
			end := startStream(t, h, t.Context(), tt.in, sink)
			receive(t, "the function's call", g.asked)
			g.say <- "half"
			if got := receive(t, "the piece", sink.pieces); got != "half" {
				t.Errorf("piece = %q, want half", got)
			}
			receive(t, "the function's call", g.asked)
			g.say <- ""

			e := receive(t, "the end", end)
			if e.err != nil || e.res.Outcome != tt.want || e.res.FunctionError != "Unhandled" {
				t.Errorf("Stream() = %+v, %v; want %q and Unhandled", e.res, e.err, tt.want)
			}
			if e.res.ErrorType != tt.wantType || !strings.Contains(e.res.ErrorMessage, tt.wantText) {
				t.Errorf("error = %q %q, want %q %q", e.res.ErrorType, e.res.ErrorMessage, tt.wantType, tt.wantText)
			}
		})
	}
}

func TestStreamTimesOutMidway(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g, sink := newGate(t), newRecorder()
	f := function("stream")
	f.Timeout = 300 * time.Millisecond
	set(t, h, f)
	payload, _ := json.Marshal(streamEvent{URL: g.url, Status: 200, Hang: true})

	res, err := h.Stream(t.Context(), "stream", payload, sink)

	if err != nil || res.Outcome != runtimeapi.TimedOut {
		t.Errorf("Stream() = %+v, %v; want a timeout", res, err)
	}
	receive(t, "the head", sink.prelude)
}

func TestStreamWithoutAPrelude(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("pid"), function("plain"), function("error"), function("empty"))
	tests := []struct {
		behaviour, payload, want, wantType string
		wantHead                           bool
	}{
		{behaviour: "plain", payload: `"body"`, want: "body", wantType: "application/octet-stream", wantHead: true},
		{behaviour: "empty", payload: `{}`, want: "", wantType: "text/plain", wantHead: true},
		{behaviour: "error", payload: `{}`, want: ""},
	}
	for _, tt := range tests {
		t.Run(tt.behaviour, func(t *testing.T) {
			sink := newRecorder()

			res, err := h.Stream(t.Context(), tt.behaviour, []byte(tt.payload), sink)

			if err != nil {
				t.Fatalf("Stream(%s) = %+v, %v; want no error", tt.behaviour, res, err)
			}
			if got := sink.rest(); got != tt.want || sink.contentType != tt.wantType {
				t.Errorf("Stream(%s) wrote %q of type %q, want %q of type %q", tt.behaviour, got, sink.contentType, tt.want, tt.wantType)
			}
			if head := len(sink.prelude) == 1; head != tt.wantHead {
				t.Errorf("Stream(%s) called Head = %v, want %v", tt.behaviour, head, tt.wantHead)
			}
		})
	}
}

func TestSinkThatFailsDoesNotStopTheFunction(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g, sink := newGate(t), newRecorder()
	sink.err = errors.New("the client has left")
	end := startStream(t, h, t.Context(), streamEvent{URL: g.url, Status: 200}, sink)
	receive(t, "the function's call", g.asked)
	g.say <- "one"
	receive(t, "the first piece", sink.pieces)
	for _, piece := range []string{"two", "three", ""} {
		receive(t, "the function's call", g.asked)
		g.say <- piece
	}

	e := receive(t, "the end", end)
	if e.err != nil || e.res.Outcome != runtimeapi.OK {
		t.Errorf("Stream() = %+v, %v; want ok", e.res, e.err)
	}
	if got := sink.rest(); got != "" {
		t.Errorf("the sink got %q after its first error", got)
	}
}

func TestSinkIsLeftAloneAfterStreamReturns(t *testing.T) {
	t.Parallel()
	ended := make(chan runtimeapi.Event, 2)
	h := newHost(t, runtimeapi.Options{Observe: func(e runtimeapi.Event) { ended <- e }})
	g, sink := newGate(t), newRecorder()
	ctx, leave := context.WithCancel(t.Context())
	end := startStream(t, h, ctx, streamEvent{URL: g.url, Status: 200}, sink)
	receive(t, "the function's call", g.asked)

	leave()

	if e := receive(t, "the return", end); !errors.Is(e.err, context.Canceled) {
		t.Errorf("Stream() = %v, want context.Canceled", e.err)
	}
	g.say <- "late"
	receive(t, "the function's call", g.asked)
	g.say <- ""
	for e := receive(t, "an event", ended); e.Outcome != runtimeapi.OK; e = receive(t, "the end", ended) {
		if e.Outcome != runtimeapi.Running {
			t.Fatalf("event = %+v, want running or ok", e)
		}
	}
	if got := sink.rest(); got != "" {
		t.Errorf("the sink got %q after Stream had returned", got)
	}
}

func TestInvokeCollectsAStream(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	g := newGate(t)
	set(t, h, function("stream"))
	payload, _ := json.Marshal(streamEvent{URL: g.url, Status: 200})
	result := make(chan runtimeapi.Result, 1)
	go func() { r, _ := h.Invoke(context.Background(), "stream", payload); result <- r }()
	receive(t, "the function's call", g.asked)
	g.say <- "body"
	receive(t, "the function's call", g.asked)
	g.say <- ""

	r := receive(t, "the end", result)

	want := `{"statusCode":200,"headers":{"Content-Type":"text/event-stream"}}` + strings.Repeat("\x00", 8) + "body"
	if string(r.Payload) != want {
		t.Errorf("payload = %q, want %q", r.Payload, want)
	}
}
