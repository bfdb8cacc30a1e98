package ask_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/ask"
)

// step is one thing a scripted provider does.
type step struct {
	after time.Duration
	part  ask.Part
	err   error
}

func words(after time.Duration, text string) step {
	return step{after: after, part: ask.Part{Text: text}}
}

func stop(s ask.Stop, in, out int) step {
	return step{part: ask.Part{Stop: s, Usage: ask.Usage{Input: in, Output: out}}}
}

func fails(status int, retryable bool) step {
	return step{err: &ask.UpstreamError{Provider: "p", Status: status, Retryable: retryable, Err: errors.New("said no")}}
}

// provider plays its scripts, one a call, and the last one for ever.
type provider struct {
	name    string
	scripts [][]step
	calls   int
}

func (p *provider) Name() string { return p.name }

func (p *provider) Answer(ctx context.Context, _ ask.Prompt) iter.Seq2[ask.Part, error] {
	script := p.scripts[min(p.calls, len(p.scripts)-1)]
	p.calls++
	return func(yield func(ask.Part, error) bool) {
		for _, s := range script {
			select {
			case <-time.After(s.after):
			case <-ctx.Done():
				yield(ask.Part{}, context.Cause(ctx))
				return
			}
			if !yield(s.part, s.err) || s.err != nil {
				return
			}
		}
	}
}

// record is a Sink that keeps what it got.
type record struct {
	provider string
	text     strings.Builder
	broken   error // returned by Delta
}

func (r *record) Begin(provider, _ string) error { r.provider = provider; return nil }

func (r *record) Delta(text string) error { r.text.WriteString(text); return r.broken }

func TestRelay(t *testing.T) {
	t.Parallel()
	good := []step{words(0, "Hel"), words(time.Second, "lo"), stop(ask.StopEnd, 7, 2)}
	tests := []struct {
		name          string
		first, second []step
		want          string // the text that reached the caller
		by            string // who answered
		stop          ask.Stop
		err           error
		usage         ask.Usage
		secondCalls   int
	}{
		{name: "the first provider answers", first: good, want: "Hello", by: "first", stop: ask.StopEnd, usage: ask.Usage{Input: 7, Output: 2}},
		{name: "an overload goes to the second", first: []step{fails(529, true)}, second: good, want: "Hello", by: "second", stop: ask.StopEnd, usage: ask.Usage{Input: 7, Output: 2}, secondCalls: 1},
		{name: "a rate limit goes to the second", first: []step{fails(429, true)}, second: good, want: "Hello", by: "second", stop: ask.StopEnd, usage: ask.Usage{Input: 7, Output: 2}, secondCalls: 1},
		{name: "a refused request is ours and goes nowhere", first: []step{fails(400, false)}, second: good, err: &ask.UpstreamError{}},
		{name: "an error in the stream before any word goes to the second", first: []step{{part: ask.Part{Usage: ask.Usage{Input: 7}}}, fails(200, true)}, second: good, want: "Hello", by: "second", stop: ask.StopEnd, usage: ask.Usage{Input: 7, Output: 2}, secondCalls: 1},
		{name: "an error after the first word stays an error", first: []step{words(0, "Hel"), fails(200, true)}, second: good, want: "Hel", by: "first", err: &ask.UpstreamError{}, usage: ask.Usage{Output: 1}},
		{name: "a clean end without a stop is no answer", first: []step{words(0, "Hel")}, second: good, want: "Hel", by: "first", err: ask.ErrTruncated, usage: ask.Usage{Output: 1}},
		{name: "an empty stream goes to the second", first: nil, second: good, want: "Hello", by: "second", stop: ask.StopEnd, usage: ask.Usage{Input: 7, Output: 2}, secondCalls: 1},
		{name: "a slow first word goes to the second", first: []step{words(9*time.Second, "late")}, second: good, want: "Hello", by: "second", stop: ask.StopEnd, usage: ask.Usage{Input: 7, Output: 2}, secondCalls: 1},
		{name: "usage without words does not stop that clock", first: []step{{part: ask.Part{Usage: ask.Usage{Input: 7}}}, words(9*time.Second, "late")}, second: good, want: "Hello", by: "second", stop: ask.StopEnd, usage: ask.Usage{Input: 7, Output: 2}, secondCalls: 1},
		{name: "silence in the middle ends the answer", first: []step{words(0, "Hel"), words(21*time.Second, "lo"), stop(ask.StopEnd, 1, 1)}, second: good, want: "Hel", by: "first", err: ask.ErrInactive, usage: ask.Usage{Output: 1}},
		{name: "both down is an error", first: []step{fails(529, true)}, second: []step{fails(503, true)}, err: &ask.UpstreamError{}, secondCalls: 1},
		{name: "a refusal is an end, not an error", first: []step{stop(ask.StopRefusal, 5, 0)}, second: good, by: "first", stop: ask.StopRefusal, usage: ask.Usage{Input: 5}},
		{name: "a full answer says that it is cut", first: []step{words(0, "Hel"), stop(ask.StopMaxTokens, 5, 1)}, second: good, want: "Hel", by: "first", stop: ask.StopMaxTokens, usage: ask.Usage{Input: 5, Output: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				first := &provider{name: "first", scripts: [][]step{tt.first}}
				second := &provider{name: "second", scripts: [][]step{tt.second}}
				r := &ask.Relay{Providers: []ask.Provider{first, second}, Limits: ask.DefaultLimits(), Now: time.Now}
				var got record
				out := r.Answer(t.Context(), ask.Prompt{}, &got)
				if got.text.String() != tt.want || got.provider != tt.by {
					t.Errorf("%q by %q, want %q by %q", got.text.String(), got.provider, tt.want, tt.by)
				}
				if out.Stop != tt.stop || out.Usage != tt.usage || out.Begun != (tt.want != "") {
					t.Errorf("outcome = %+v, want stop %q, usage %+v", out, tt.stop, tt.usage)
				}
				if !matches(out.Err, tt.err) {
					t.Errorf("error = %v, want %v", out.Err, tt.err)
				}
				if second.calls != tt.secondCalls {
					t.Errorf("the second provider was asked %d times, want %d", second.calls, tt.secondCalls)
				}
			})
		})
	}
}

// matches compares by identity, or by type for an UpstreamError.
func matches(got, want error) bool {
	if errors.As(want, new(*ask.UpstreamError)) {
		return errors.As(got, new(*ask.UpstreamError))
	}
	return errors.Is(got, want)
}

func TestRelayEndsALongAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var drip []step
		for range 20 {
			drip = append(drip, words(10*time.Second, "x"))
		}
		r := &ask.Relay{Providers: []ask.Provider{&provider{scripts: [][]step{append([]step{words(0, "x")}, drip...)}}}, Limits: ask.DefaultLimits(), Now: time.Now}
		out := r.Answer(t.Context(), ask.Prompt{}, new(record))
		if !errors.Is(out.Err, ask.ErrDeadline) || !out.Begun {
			t.Errorf("outcome = %+v, want ErrDeadline after some words", out)
		}
	})
}

func TestRelayEndsBeforeTheInvocationDoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		script := []step{words(0, "x"), words(7*time.Second, "late"), stop(ask.StopEnd, 1, 1)}
		r := &ask.Relay{Providers: []ask.Provider{&provider{scripts: [][]step{script}}}, Limits: ask.DefaultLimits(), Now: time.Now}
		began := time.Now()
		out := r.Answer(ctx, ask.Prompt{}, new(record))
		if took := time.Since(began); !errors.Is(out.Err, ask.ErrDeadline) || took != 6*time.Second {
			t.Errorf("ended with %v after %v, want ErrDeadline four seconds before the invocation's end", out.Err, took)
		}
	})
}

func TestRelayLeavesAFailingProviderAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		good := []step{words(0, "ok"), stop(ask.StopEnd, 1, 1)}
		down := &provider{name: "first", scripts: [][]step{{fails(529, true)}}}
		r := &ask.Relay{Providers: []ask.Provider{down, &provider{name: "second", scripts: [][]step{good}}}, Limits: ask.DefaultLimits(), Now: time.Now}
		for range 5 {
			if out := r.Answer(t.Context(), ask.Prompt{}, new(record)); out.Err != nil {
				t.Fatal(out.Err)
			}
		}
		if down.calls != 3 {
			t.Errorf("the failing provider was asked %d times, want 3 and then a pause", down.calls)
		}
		time.Sleep(31 * time.Second) // synctest's clock: no time passes
		r.Answer(t.Context(), ask.Prompt{}, new(record))
		if down.calls != 4 {
			t.Errorf("after the pause it was asked %d times, want 4", down.calls)
		}
	})
}

func TestRelayStopsWhenNobodyReads(t *testing.T) {
	t.Parallel()
	gone := errors.New("pipe closed")
	p := &provider{name: "first", scripts: [][]step{{words(0, "Hel"), words(0, "lo"), stop(ask.StopEnd, 1, 1)}}}
	second := &provider{name: "second", scripts: [][]step{{words(0, "x")}}}
	r := &ask.Relay{Providers: []ask.Provider{p, second}, Limits: ask.DefaultLimits(), Now: time.Now}
	out := r.Answer(t.Context(), ask.Prompt{}, &record{broken: gone})
	if !errors.Is(out.Err, gone) || second.calls != 0 {
		t.Errorf("error = %v, second asked %d times; want the sink's error and no fallback", out.Err, second.calls)
	}
}
