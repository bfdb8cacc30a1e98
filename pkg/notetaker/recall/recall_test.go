package recall_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/notetaker/recall"
	"callanalyst/pkg/notetaker/recalltest"
)

const base = "https://recall.example"

// said is one answer of Recall's.
type said struct {
	status int
	header http.Header
	body   string
}

// script answers "METHOD path" by what it holds, and keeps what it was sent.
type script struct {
	answers map[string]said
	got     []*http.Request
	bodies  []string
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.got, s.bodies = append(s.got, r), append(s.bodies, string(body))
	a, ok := s.answers[r.Method+" "+r.URL.Path]
	if !ok {
		a = said{status: http.StatusTeapot}
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (s *script) client() *recall.Client {
	return &recall.Client{
		Base: base, HTTP: &http.Client{Transport: recalltest.Transport{Handler: s}},
		Keys: recall.FixedKeys(recall.Secret{APIKey: "secret-key", URLToken: "a token"}),
	}
}

func order() recall.Order {
	return recall.Order{
		BotID: "bot_1", URL: "https://zoom.us/j/1?pwd=secret-word", Name: "N", Endpoint: "https://here.example/hook",
		JoinAt: time.Date(2026, 11, 20, 10, 0, 0, 0, time.FixedZone("", -5*3600)), Longest: 90 * time.Minute,
	}
}

func js(body string) said {
	return said{status: http.StatusCreated, header: http.Header{"Content-Type": {"application/json"}}, body: body}
}

// TestAnOrderSaysWhatItMust holds each field whose default would cost money, be
// late or be heard by others.
func TestAnOrderSaysWhatItMust(t *testing.T) {
	t.Parallel()
	s := &script{answers: map[string]said{"POST /api/v1/bot/": js(`{"id":"r1"}`)}}
	for range 2 {
		if id, err := s.client().Create(t.Context(), "key-1", order()); id != "r1" || err != nil {
			t.Fatalf("Create = %q, %v", id, err)
		}
	}
	if s.bodies[0] != s.bodies[1] {
		t.Error("the same order is not the same request to the byte, as its idempotency key wants it")
	}
	r := s.got[0]
	if got := r.Header.Get("Authorization") + "|" + r.Header.Get("Idempotency-Key") + "|" + r.Header.Get("Content-Type"); got != "Token secret-key|key-1|application/json" {
		t.Errorf("headers %q", got)
	}
	tests := []struct{ name, path, want string }{
		{"the link with its password", "meeting_url", "https://zoom.us/j/1?pwd=secret-word"},
		{"its start, in UTC", "join_at", "2026-11-20T15:00:00Z"},
		{"our id, which comes back", "metadata.bot_id", "bot_1"},
		{"utterances at once, not after minutes", "recording_config.transcript.provider.recallai_streaming.mode", "prioritize_low_latency"},
		{"the token in the address, escaped", "recording_config.realtime_endpoints.0.url", "https://here.example/hook?token=a+token"},
		{"finished utterances only", "recording_config.realtime_endpoints.0.events.0", "transcript.data"},
		{"recordings are not kept for ever", "recording_config.retention.type", "timed"},
		{"no video", "recording_config.video_mixed_mp4", "<nil>"},
		{"a picture", "automatic_video_output.in_call_recording.kind", "jpeg"},
		{"its longest stay", "automatic_leave.in_call_recording_timeout", "5400"},
		{"ten minutes in a waiting room", "automatic_leave.waiting_room_timeout", "600"},
		{"it leaves after everybody", "automatic_leave.everyone_left_timeout.timeout", "30"},
		{"it leaves a silent room", "automatic_leave.silence_detection.timeout", "1800"},
	}
	for _, tt := range tests {
		if got := at(t, s.bodies[0], tt.path); got != tt.want {
			t.Errorf("%s: %s = %s, want %s", tt.name, tt.path, got, tt.want)
		}
	}
	now := order()
	now.JoinAt = time.Time{}
	if _, err := s.client().Create(t.Context(), "key-2", now); err != nil || strings.Contains(s.bodies[2], "join_at") {
		t.Errorf("an order for right now names a start: %v", err)
	}
}

// at reads a value out of a document by its path.
func at(t *testing.T, doc, path string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(doc), &v); err != nil {
		t.Fatal(err)
	}
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			v = x[0]
		}
	}
	if f, ok := v.(float64); ok {
		text, _ := json.Marshal(f)
		return string(text)
	}
	if v == nil {
		return "<nil>"
	}
	return v.(string)
}

// TestAnswersThatAreNone crosses what can go wrong with an order. status 0 means
// that nobody knows what became of it.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	json403 := js(`{"code":"quota"}`)
	json403.status = 403
	tests := []struct {
		name     string
		answer   said
		status   int
		code     string
		after    time.Duration
		rejected bool // the key is to be fetched anew
	}{
		{name: "refused, and why", answer: json403, status: 403, code: "quota"},
		{name: "the firewall's page", answer: said{403, http.Header{"Content-Type": {"text/html"}}, `<html>{"code":"x"}`}, status: 403},
		{name: "an error without a body", answer: said{status: 502}, status: 502},
		{name: "an error that is no JSON", answer: said{500, http.Header{"Content-Type": {"application/json"}}, `{`}, status: 500},
		{name: "too many calls", answer: said{429, http.Header{"Retry-After": {"20"}}, ``}, status: 429, after: 20 * time.Second},
		{name: "no bot is free", answer: said{507, http.Header{"Retry-After": {"30"}}, ``}, status: 507, after: 30 * time.Second},
		{name: "a pause in words", answer: said{503, http.Header{"Retry-After": {"Fri, 20 Nov 2026 15:00:00 GMT"}}, ``}, status: 503},
		{name: "a pause of centuries", answer: said{503, http.Header{"Retry-After": {"9223372037"}}, ``}, status: 503, after: 24 * time.Hour},
		{name: "a negative pause", answer: said{503, http.Header{"Retry-After": {"-5"}}, ``}, status: 503},
		{name: "another key is wanted", answer: said{status: 401}, status: 401, rejected: true},
		{name: "moved elsewhere", answer: said{301, http.Header{}, ``}, status: 301},
		{name: "taken, in words that we do not read", answer: js(`<html>`)},
		{name: "taken, cut off", answer: js(`{"id":"r`)},
		{name: "taken, and longer than any answer", answer: js(`{"id":"` + strings.Repeat("x", 1<<20) + `"}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &script{answers: map[string]said{"POST /api/v1/bot/": tt.answer}}
			id, err := s.client().Create(t.Context(), "k", order())
			if err == nil || id != "" && tt.status != 0 {
				t.Fatalf("Create = %q, %v, want an error", id, err)
			}
			var e *recall.Error
			if errors.As(err, &e) != (tt.status != 0) || recall.StatusOf(err) != tt.status || e != nil && (e.Code != tt.code || e.RetryAfter != tt.after) {
				t.Errorf("the error is %#v with status %d, want %d %q after %s", e, recall.StatusOf(err), tt.status, tt.code, tt.after)
			}
			if errors.Is(err, boot.ErrRejected) != tt.rejected {
				t.Errorf("%v asks for another key: %t, want %t", err, !tt.rejected, tt.rejected)
			}
			for _, secret := range []string{"secret-key", "secret-word", "a token", "a+token"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error tells %q: %v", secret, err)
				}
			}
			if len(s.got) != 1 {
				t.Errorf("%d calls were made, want one: whether to repeat it is the caller's to know", len(s.got))
			}
		})
	}
}

// stuck never answers.
type stuck struct{}

func (stuck) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestACallHasAnEnd(t *testing.T) {
	t.Parallel()
	for name, patience := range map[string]time.Duration{"its own": time.Hour, "the caller's": time.Second} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithTimeout(t.Context(), patience)
			defer stop()
			c := recall.Client{Base: base, HTTP: &http.Client{Transport: stuck{}}, Keys: recall.FixedKeys(recall.Secret{})}
			began := time.Now()
			err := c.Remove(ctx, "r1")
			if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || recall.StatusOf(err) != 0 || took != min(patience, 8*time.Second) {
				t.Errorf("%s: %v after %s", name, err, took)
			}
		})
	}
}

// TestRemove is the table of what Recall answers to the two ways of ending a bot.
func TestRemove(t *testing.T) {
	t.Parallel()
	code := func(status int, code string) said {
		a := js(`{"code":"` + code + `"}`)
		a.status = status
		return a
	}
	tests := []struct {
		name          string
		delete, leave said
		calls         int
		want          int // the error's status, 0 for none
	}{
		{name: "far from its start it is deleted", delete: said{status: 204}, calls: 1},
		{name: "it is gone already", delete: said{status: 404}, calls: 1},
		{name: "near its start or later it is told to leave", delete: said{status: 405}, leave: said{status: 200}, calls: 2},
		{name: "it has left", delete: said{status: 405}, leave: code(400, "cannot_command_completed_bot"), calls: 2},
		{name: "it went meanwhile", delete: said{status: 405}, leave: said{status: 404}, calls: 2},
		{name: "it cannot be told yet", delete: said{status: 405}, leave: code(400, "cannot_command_unstarted_bot"), calls: 2, want: 400},
		{name: "Recall is down", delete: said{status: 503}, calls: 1, want: 503},
		{name: "Recall goes down meanwhile", delete: said{status: 405}, leave: said{status: 502}, calls: 2, want: 502},
		{name: "the key is refused", delete: said{status: 401}, calls: 1, want: 401},
	}
	for _, tt := range tests {
		s := &script{answers: map[string]said{"DELETE /api/v1/bot/r1/": tt.delete, "POST /api/v1/bot/r1/leave_call/": tt.leave}}
		err := s.client().Remove(t.Context(), "r1")
		if got := recall.StatusOf(err); got != tt.want || (err == nil) != (tt.want == 0) || len(s.got) != tt.calls {
			t.Errorf("%s: %v after %d calls, want status %d after %d", tt.name, err, len(s.got), tt.want, tt.calls)
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, want string
		fails            bool
	}{
		{name: "one", body: `{"results":[{"id":"r1"}]}`, want: "r1"},
		{name: "the first of two", body: `{"results":[{"id":"r1"},{"id":"r2"}]}`, want: "r1"},
		{name: "none", body: `{"results":[]}`},
		{name: "a list that is none", body: `{"results":null}`},
		{name: "no JSON", body: `gone`, fails: true},
	}
	for _, tt := range tests {
		s := &script{answers: map[string]said{"GET /api/v1/bot/": js(tt.body)}}
		id, err := s.client().Find(t.Context(), "bot_1&x=1")
		if id != tt.want || (err != nil) != tt.fails {
			t.Errorf("%s: Find = %q, %v, want %q", tt.name, id, err, tt.want)
		}
		if q := s.got[0].URL.Query(); q.Get("metadata__bot_id") != "bot_1&x=1" || len(q) != 1 || s.bodies[0] != "" {
			t.Errorf("%s: asked for %v with the body %q; a GET with a body dies in the firewall", tt.name, q, s.bodies[0])
		}
	}
}

// TestTranscriptsAreReadFromWhereTheyAre holds that the key goes to the API alone,
// and that no address in the clear is followed.
func TestTranscriptsAreReadFromWhereTheyAre(t *testing.T) {
	t.Parallel()
	const words = `[{"participant":{"id":1,"name":"Ann"},"words":[{"text":"Hello."}]}]`
	tests := []struct {
		name, address string
		file          said
		want          int // utterances
		err           error
		status        int
	}{
		{name: "a presigned address", address: "https://files.example/t1", file: js(words), want: 1},
		{name: "the API's own host", address: base + "/t1", file: js(words), want: 1},
		{name: "in the clear", address: "http://files.example/t1", err: recall.ErrAddress},
		{name: "no address", address: "", err: recall.ErrAddress},
		{name: "another scheme", address: "file:///etc/passwd", err: recall.ErrAddress},
		{name: "a host that only begins like it", address: "http://recall.example.evil.example/t1", err: recall.ErrAddress},
		{name: "it has expired", address: "https://files.example/t1", file: said{status: 403}, status: 403},
		{name: "an empty transcript", address: "https://files.example/t1", file: js(`[]`)},
	}
	for _, tt := range tests {
		about, err := json.Marshal(map[string]any{"data": map[string]string{"download_url": tt.address}})
		if err != nil {
			t.Fatal(err)
		}
		if tt.file.status == http.StatusCreated {
			tt.file.status = http.StatusOK
		}
		s := &script{answers: map[string]said{"GET /api/v1/transcript/t1/": js(string(about)), "GET /t1": tt.file}}
		all, err := s.client().Transcript(t.Context(), "t1")
		if len(all) != tt.want || (err != nil) != (tt.err != nil || tt.status != 0) || tt.err != nil && !errors.Is(err, tt.err) || recall.StatusOf(err) != tt.status {
			t.Errorf("%s: %d utterances, %v, want %d, %v", tt.name, len(all), err, tt.want, tt.err)
		}
		for _, r := range s.got[1:] {
			if r.Header.Get("Authorization") != "" {
				t.Errorf("%s: the key was sent to %s", tt.name, r.Host)
			}
		}
	}
}

func TestKeysComeFromTheCache(t *testing.T) {
	t.Parallel()
	var got recall.Secret
	err := recall.FixedKeys(recall.Secret{APIKey: "k", WebhookSecrets: []string{"w"}, URLToken: "t"})(t.Context(), func(_ context.Context, s recall.Secret) error {
		got = s
		return io.EOF
	})
	if diff := cmp.Diff(recall.Secret{APIKey: "k", WebhookSecrets: []string{"w"}, URLToken: "t"}, got); diff != "" || !errors.Is(err, io.EOF) {
		t.Errorf("lent %s, %v", diff, err)
	}
}

// FuzzAnswer holds that no answer breaks the client, and that none that is not a
// success is taken for one.
func FuzzAnswer(f *testing.F) {
	f.Add(201, "application/json", "30", `{"id":"r1","results":[{"id":"r1"}],"data":{"download_url":"https://files.example/t1"}}`)
	f.Add(400, "application/json; charset=utf-8", "", `{"code":null}`)
	f.Add(503, "text/html", "9223372037", "")
	f.Add(507, "text/html", "99999999999999999999", "<html>")
	f.Fuzz(func(t *testing.T, status int, kind, after, body string) {
		if status < 200 || status > 599 {
			return
		}
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"], w.Header()["Retry-After"] = []string{kind}, []string{after}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		})
		c := recall.Client{Base: base, HTTP: &http.Client{Transport: recalltest.Transport{Handler: h}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, Keys: recall.FixedKeys(recall.Secret{APIKey: "k"})}
		_, err := c.Create(t.Context(), "k", order())
		if status >= 300 && recall.StatusOf(err) != status {
			t.Errorf("%d was taken as %v", status, err)
		}
		var e *recall.Error
		if errors.As(err, &e) && e.RetryAfter < 0 {
			t.Errorf("Retry-After %q became %s", after, e.RetryAfter)
		}
		_, _ = c.Transcript(t.Context(), "t1")
	})
}
