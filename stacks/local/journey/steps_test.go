package journey_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// steps is the list of what a journey did, with the time that each step took. It
// is printed at the journey's end, however that comes.
type steps struct {
	t     *testing.T
	lines []string
	total time.Duration
}

func newSteps(t *testing.T) *steps {
	t.Helper()
	s := &steps{t: t}
	t.Cleanup(func() {
		t.Logf("%s\n%s\n%56s %8.1f ms", t.Name(), strings.Join(s.lines, "\n"), "in all", milliseconds(s.total))
	})
	return s
}

// do runs one step.
func (s *steps) do(what string, step func()) {
	s.t.Helper()
	began := time.Now()
	defer func() {
		took := time.Since(began)
		s.total += took
		s.lines = append(s.lines, fmt.Sprintf("%3d  %-51s %8.1f ms", len(s.lines)+1, what, milliseconds(took)))
	}()
	step()
}

// must runs a step of the browser that has to succeed.
func (s *steps) must(what string, b *browser, do string, args ask, out any) {
	s.t.Helper()
	s.do(what, func() {
		s.t.Helper()
		if err := b.try(do, args, out); err != nil {
			s.t.Fatalf("%s: %v", what, err)
		}
	})
}

// refused runs a step that the pool has to refuse, in these words.
func (s *steps) refused(what string, b *browser, do string, args ask, name, words string) {
	s.t.Helper()
	s.do(what, func() {
		s.t.Helper()
		err := b.try(do, args, nil)
		var r *refusal
		if !errors.As(err, &r) || r.Name != name || !strings.Contains(r.Message, words) {
			s.t.Fatalf("%s: %v, want %s with %q", what, err, name, words)
		}
	})
}

// check runs a step that finds something out, and fails when it is not so.
func (s *steps) check(what string, so func() error) {
	s.t.Helper()
	s.do(what, func() {
		s.t.Helper()
		if err := so(); err != nil {
			s.t.Errorf("%s: %v", what, err)
		}
	})
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
