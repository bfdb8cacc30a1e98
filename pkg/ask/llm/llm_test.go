package llm_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/ask/llm"
	"callanalyst/pkg/ask/llmtest"
	"callanalyst/pkg/boot"
)

// vendors starts the stand-in and returns both providers on it.
func vendors(t *testing.T) (*llmtest.Server, []ask.Provider) {
	t.Helper()
	s := &llmtest.Server{Keys: map[string]string{"anthropic": "ka", "openai": "ko"}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	hc := srv.Client()
	return s, []ask.Provider{
		llm.NewAnthropic(srv.URL, hc, key("ka")),
		llm.NewOpenAI(srv.URL, hc, key("ko"), map[string]string{"claude": "gpt"}),
	}
}

func key(k string) llm.Key {
	return func(_ context.Context, use func(string) error) error { return use(k) }
}

var prompt = ask.Prompt{Model: "claude", MaxTokens: 64, System: "Be brief.", Context: "<transcript>\n[0:01] Ann: Nine.\n</transcript>", Question: "Which price?"}

func gather(ctx context.Context, p ask.Provider) (text string, last ask.Part, err error) {
	for part, err := range p.Answer(ctx, prompt) {
		if err != nil {
			return text, last, err
		}
		text += part.Text
		last = part
	}
	return text, last, nil
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	s, ps := vendors(t)
	for _, p := range ps {
		s.Next(p.Name(), llmtest.Script{Deltas: []string{"Zwölf ", "🙂\n", ""}, Input: 25, Output: 15})
		text, last, err := gather(t.Context(), p)
		if err != nil || text != "Zwölf 🙂\n" {
			t.Errorf("%s answered %q, %v", p.Name(), text, err)
		}
		if diff := cmp.Diff(ask.Part{Stop: ask.StopEnd, Usage: ask.Usage{Input: 25, Output: 15}}, last); diff != "" {
			t.Errorf("%s ended (-want +got):\n%s", p.Name(), diff)
		}
	}
	got := s.Requests()
	want := []llmtest.Request{
		{Vendor: "anthropic", Model: "claude", MaxTokens: 64, System: "Be brief.", Texts: []string{prompt.Context, prompt.Question}, Cached: []bool{true, false}, Key: "ka"},
		{Vendor: "openai", Model: "gpt", MaxTokens: 64, System: "Be brief.", Texts: []string{prompt.Context, prompt.Question}, Cached: []bool{false, false}, Key: "ko"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// TestFaults holds both vendors' clients against every way the vendors fail. The
// retries are ours: whatever happens, a question is sent once.
func TestFaults(t *testing.T) {
	t.Parallel()
	type want struct {
		text      string
		stop      ask.Stop
		status    int // of the UpstreamError; -1 for no error
		retryable bool
	}
	tests := []struct {
		name  string
		fault llmtest.Fault
		want  want
	}{
		{name: "an internal error", fault: llmtest.Error500, want: want{status: 500, retryable: true}},
		{name: "a rate limit", fault: llmtest.Limited, want: want{status: 429, retryable: true}},
		{name: "an overload", fault: llmtest.Overloaded, want: want{status: 529, retryable: true}},
		{name: "a bad request", fault: llmtest.BadRequest, want: want{status: 400}},
		{name: "a bad key", fault: llmtest.Unauthorized, want: want{status: 401}},
		{name: "an error in the middle", fault: llmtest.MidError, want: want{text: "Hel", status: 200, retryable: true}},
		{name: "a clean end that is none", fault: llmtest.EarlyEnd, want: want{text: "Hel", status: -1}},
		{name: "a reset", fault: llmtest.Reset, want: want{text: "Hel", retryable: true}},
		{name: "a refusal", fault: llmtest.Refusal, want: want{text: "Hel", stop: ask.StopRefusal, status: -1}},
		{name: "a full answer", fault: llmtest.MaxTokens, want: want{text: "Hel", stop: ask.StopMaxTokens, status: -1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, ps := vendors(t)
			for _, p := range ps {
				s.Next(p.Name(), llmtest.Script{Fault: tt.fault, Deltas: []string{"Hel"}})
				text, last, err := gather(t.Context(), p)
				if text != tt.want.text || last.Stop != tt.want.stop {
					t.Errorf("%s: %q, stop %q; want %q, %q", p.Name(), text, last.Stop, tt.want.text, tt.want.stop)
				}
				var up *ask.UpstreamError
				if failed := errors.As(err, &up); failed != (tt.want.status >= 0) {
					t.Errorf("%s: error %v, want one: %v", p.Name(), err, tt.want.status >= 0)
				} else if failed && (up.Retryable != tt.want.retryable || up.Provider != p.Name()) {
					t.Errorf("%s: %+v, want retryable %v", p.Name(), up, tt.want.retryable)
				}
				if up != nil && tt.want.status > 200 && up.Status != tt.want.status {
					t.Errorf("%s: status %d, want %d", p.Name(), up.Status, tt.want.status)
				}
				if tt.fault == llmtest.Limited && up != nil && up.RetryAfter != 3*time.Second {
					t.Errorf("%s: Retry-After %v, want 3s", p.Name(), up.RetryAfter)
				}
			}
			if n := len(s.Requests()); n != len(ps) {
				t.Errorf("%d requests for %d questions", n, len(ps))
			}
		})
	}
}

func TestCancelEndsAnAnswerAtOnce(t *testing.T) {
	t.Parallel()
	s, ps := vendors(t)
	for _, p := range ps {
		s.Next(p.Name(), llmtest.Script{Fault: llmtest.Hang, Deltas: []string{"Hel"}})
		ctx, cancel := context.WithCancel(t.Context())
		for part, err := range p.Answer(ctx, prompt) {
			if part.Text != "" {
				cancel()
			}
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, want context.Canceled", p.Name(), err)
			}
		}
		cancel()
	}
}

func TestAKeyThatCannotBeReadIsAnOutage(t *testing.T) {
	t.Parallel()
	broken := func(context.Context, func(string) error) error { return errors.New("no secret") }
	for _, p := range []ask.Provider{llm.NewAnthropic("http://127.0.0.1:1", &http.Client{}, broken), llm.NewOpenAI("http://127.0.0.1:1", &http.Client{}, broken, nil)} {
		_, _, err := gather(t.Context(), p)
		var up *ask.UpstreamError
		if !errors.As(err, &up) || !up.Retryable {
			t.Errorf("%s: %v, want a retryable UpstreamError", p.Name(), err)
		}
	}
}

func TestARotatedKeyCostsNobodyAnAnswer(t *testing.T) {
	t.Parallel()
	s := &llmtest.Server{Keys: map[string]string{"anthropic": "new", "openai": "new"}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	rotating := func(_ context.Context, use func(string) error) error {
		if err := use("old"); !errors.Is(err, boot.ErrRejected) {
			return err
		}
		return use("new")
	}
	for _, p := range []ask.Provider{llm.NewAnthropic(srv.URL, srv.Client(), rotating), llm.NewOpenAI(srv.URL, srv.Client(), rotating, nil)} {
		if text, last, err := gather(t.Context(), p); err != nil || text == "" || last.Stop != ask.StopEnd {
			t.Errorf("%s: %q, %+v, %v; want an answer with the new key", p.Name(), text, last, err)
		}
	}
}

func TestTheNextQuestionOnACallReadsTheCache(t *testing.T) {
	t.Parallel()
	s, ps := vendors(t)
	var used []int
	for range 2 {
		_, last, err := gather(t.Context(), ps[0])
		if err != nil {
			t.Fatal(err)
		}
		used = append(used, last.Usage.Input)
	}
	if used[0] != used[1] || used[0] == 0 {
		t.Errorf("input tokens %v: what came from the cache must be counted too", used)
	}
	if r := s.Requests(); strings.Join(r[0].Texts[:1], "") != r[1].Texts[0] || !r[1].Cached[0] {
		t.Error("the transcript's block must be equal byte for byte and marked for the cache")
	}
}
