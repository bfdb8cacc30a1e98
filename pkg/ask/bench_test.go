package ask_test

import (
	"context"
	"io"
	"iter"
	"testing"

	"callanalyst/pkg/ask"
)

// steady is a provider that says n short words.
type steady struct{ n int }

func (steady) Name() string { return "anthropic" }

func (p steady) Answer(context.Context, ask.Prompt) iter.Seq2[ask.Part, error] {
	return func(yield func(ask.Part, error) bool) {
		for range p.n {
			if !yield(ask.Part{Text: "word "}, nil) {
				return
			}
		}
		yield(ask.Part{Stop: ask.StopEnd, Usage: ask.Usage{Input: 1, Output: p.n}}, nil)
	}
}

// BenchmarkDelta is what one piece of an answer costs between the vendor's
// client and the runtime.
func BenchmarkDelta(b *testing.B) {
	s := service(&till{}, steady{b.N})
	b.ReportAllocs()
	b.ResetTimer()
	out, err := s.Open(b.Context(), "u1", "req-1", ask.Question{Question: "Why?"})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		b.Fatal(err)
	}
}
