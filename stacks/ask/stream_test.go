package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const whole = "event: meta\ndata: {\"provider\":\"anthropic\",\"model\":\"m\"}\n\n: still here\n\n" +
	"event: delta\ndata: {\"text\":\"Zwölf\\n\"}\n\nevent: delta\ndata: {\"text\":\"🙂\"}\n\n" +
	"event: usage\ndata: {\"output_tokens\":20,\"remaining\":7}\n\nevent: done\ndata: {\"stop_reason\":\"end_turn\"}\n\n"

// ticking is a clock that moves 100 ms with each look.
func ticking() func() time.Time {
	t := time.UnixMilli(0)
	return func() time.Time { t = t.Add(100 * time.Millisecond); return t }
}

func TestShow(t *testing.T) {
	t.Parallel()
	var out, notes strings.Builder
	if err := show(strings.NewReader(whole), &out, &notes, time.UnixMilli(0), ticking()); err != nil {
		t.Fatal(err)
	}
	if got, want := out.String(), "Zwölf\n🙂"; got != want {
		t.Errorf("answer %q, want %q", got, want)
	}
	if want := "anthropic m · first word after 100 ms · 20 tokens, 200 a second · end_turn · 7 questions left this month"; !strings.Contains(notes.String(), want) {
		t.Errorf("notes %q, want %q", notes.String(), want)
	}
}

func TestShowTellsAnAnswerThatIsNotWhole(t *testing.T) {
	t.Parallel()
	cut, _, _ := strings.Cut(whole, "event: usage")
	if err := show(strings.NewReader(cut), io.Discard, io.Discard, time.Now(), time.Now); !errors.Is(err, errCut) {
		t.Errorf("a stream without its end: %v, want errCut", err)
	}
	err := show(strings.NewReader(cut+"event: error\ndata: {\"code\":\"UPSTREAM_UNAVAILABLE\",\"retryable\":true}\n\n"), io.Discard, io.Discard, time.Now(), time.Now)
	if err == nil || !strings.Contains(err.Error(), "UPSTREAM_UNAVAILABLE") {
		t.Errorf("a stream that broke off: %v, want its code", err)
	}
}

func TestARefusalIsSaidInWords(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"code":"QUOTA_EXCEEDED","detail":"This month's questions are used up.","request_id":"req-1"}`)
	}))
	t.Cleanup(srv.Close)
	err := ask(t.Context(), io.Discard, io.Discard, srv.URL, "t", "", "Why?")
	if err == nil || err.Error() != "This month's questions are used up. (QUOTA_EXCEEDED, request req-1)" {
		t.Errorf("error = %v, want the detail, the code and the request", err)
	}
}

func TestNothingToAsk(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), "no-such-file", "", "", "  "); err == nil || !strings.Contains(err.Error(), "say what to ask") {
		t.Errorf("error = %v, want how to ask", err)
	}
	if err := run(t.Context(), "no-such-file", "", "", "Why?"); err == nil || !strings.Contains(err.Error(), "go tool task dev") {
		t.Errorf("error = %v, want how to start the fleet", err)
	}
}
