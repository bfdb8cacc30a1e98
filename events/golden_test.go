package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at makes a call that is under way from and until the given milliseconds.
func at(operation string, from, until int) call {
	return call{Service: "s", Operation: operation, began: time.Duration(from) * time.Millisecond, ended: time.Duration(until) * time.Millisecond}
}

// listed shows steps as "n operation<after", one a word.
func listed(steps []step) string {
	var words []string
	for _, s := range steps {
		w := fmt.Sprintf("%d:%s", s.N, s.Operation)
		for _, n := range s.After {
			w += fmt.Sprintf("<%d", n)
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

// script is a function's calls: each begins when all that it waits for are over,
// and takes 1 ms unless it is held back.
type script map[string][]string

// play runs the script with one call held back.
func (s script) play(held string) (out []call) {
	ends := map[string]time.Duration{}
	for len(ends) < len(s) {
		for name, waits := range s {
			var began time.Duration
			ready := ends[name] == 0
			for _, w := range waits {
				ready = ready && ends[w] > 0
				began = max(began, ends[w])
			}
			if !ready {
				continue
			}
			c := call{Service: "s", Operation: name, began: began, ended: began + time.Millisecond}
			if held == c.key()+" #1" {
				c.ended += holdBack
			}
			ends[name] = c.ended
			out = append(out, c)
		}
	}
	return out
}

func TestOrderOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		script script
		want   string
	}{
		{"one call", script{"a": nil}, "1:a"},
		{"one behind the other", script{"b": nil, "a": {"b"}}, "1:b 2:a<1"},
		{"side by side", script{"b": nil, "a": nil}, "1:a 2:b"},
		{"two chains side by side", script{"a1": nil, "a2": {"a1"}, "b1": nil, "b2": {"b1"}}, "1:a1 2:b1 3:a2<1 4:b2<2"},
		{"a chain tells only its links", script{"a": nil, "b": {"a"}, "c": {"a", "b"}}, "1:a 2:b<1 3:c<2"},
		{"one that waits for two", script{"a": nil, "b": nil, "c": {"a", "b"}}, "1:a 2:b 3:c<1<2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := orderOf(tt.script.play(""), func(label string) ([]call, error) { return tt.script.play(label), nil })
			if err != nil || listed(got) != tt.want {
				t.Errorf("orderOf(%v) = %q, %v, want %q", tt.script, listed(got), err, tt.want)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	want := &golden{Answer: "done", Calls: []step{
		{N: 1, call: at("A", 0, 0)}, {N: 2, call: at("B", 0, 0)}, {N: 3, After: []int{1, 2}, call: at("C", 0, 0)}, {N: 4, After: []int{3}, call: at("A", 0, 0)},
	}}
	tests := []struct {
		name   string
		answer any
		calls  []call
		diff   string // a part of it; "" for none
	}{
		{"side by side", "done", []call{at("A", 0, 5), at("B", 1, 4), at("C", 6, 7), at("A", 8, 9)}, ""},
		{"the other one first", "done", []call{at("B", 0, 5), at("A", 1, 4), at("C", 6, 7), at("A", 8, 9)}, ""},
		{"by chance one behind the other", "done", []call{at("B", 0, 1), at("A", 2, 3), at("C", 6, 7), at("A", 8, 9)}, ""},
		{"one that did not wait", "done", []call{at("A", 0, 5), at("B", 1, 6), at("C", 5, 7), at("A", 8, 9)}, "-         2\n"},
		{"one missing", "done", []call{at("A", 0, 1), at("B", 0, 1), at("A", 8, 9)}, `-       "operation": "C"`},
		{"one more", "done", []call{at("A", 0, 1), at("B", 0, 3), at("C", 4, 5), at("A", 6, 7), at("D", 6, 7)}, `+       "operation": "D"`},
		{"one too often", "done", []call{at("A", 0, 1), at("B", 0, 3), at("C", 4, 5), at("A", 6, 7), at("A", 6, 7)}, `+       "operation": "A"`},
		{"one refused", "done", []call{at("A", 0, 5), {Service: "s", Operation: "B", Answered: "Throttled"}, at("C", 6, 7), at("A", 8, 9)}, `+       "answered": "Throttled"`},
		{"one with other parameters", "done", []call{at("A", 0, 5), {Service: "s", Operation: "B", With: "x"}, at("C", 6, 7), at("A", 8, 9)}, `+       "with": "x"`},
		{"another answer", "don't", []call{at("A", 0, 5), at("B", 1, 4), at("C", 6, 7), at("A", 8, 9)}, `+   "answer": "don't"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			diff := compare(want, tt.answer, tt.calls)
			if (diff == "") != (tt.diff == "") || !strings.Contains(diff, tt.diff) {
				t.Errorf("compare says\n%s\nwant %q in it", diff, tt.diff)
			}
		})
	}
}

func TestDiffLines(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want, got, diff string }{
		{"equal", "a\nb\n", "a\nb\n", ""},
		{"changed", "a\nb\nc\n", "a\nX\nc\n", "  a\n- b\n+ X\n  c\n"},
		{"added at the end", "a\n", "a\nb\n", "  a\n+ b\n"},
		{"gone at the front", "a\nb\n", "b\n", "- a\n  b\n"},
		{"from nothing", "", "a\n", "+ a\n"},
		{"far apart", "x\n1\n2\n3\n4\n5\n6\n7\n8\ny\n", "X\n1\n2\n3\n4\n5\n6\n7\n8\nY\n", "- x\n+ X\n  1\n  2\n  3\n  …\n  6\n  7\n  8\n- y\n+ Y\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.diff, diffLines(tt.want, tt.got)); diff != "" {
				t.Errorf("diffLines(%q, %q) (-want +got):\n%s", tt.want, tt.got, diff)
			}
		})
	}
}

func TestPlainAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, event, answer, want string }{
		{"a trigger's event with its response", `{"triggerSource":"x","a":1,"response":{}}`, `{"triggerSource":"x","a":1,"response":{"ok":true}}`, `{"event":"as it came","response":{"ok":true}}`},
		{"a trigger's event that was changed", `{"triggerSource":"x","a":1,"response":{}}`, `{"triggerSource":"x","a":2,"response":{}}`, `{"triggerSource":"x","a":2,"response":{}}`},
		{"a proxy answer with JSON inside", `{"httpMethod":"GET"}`, `{"statusCode":200,"body":"{\"n\":1}"}`, `{"statusCode":200,"body":{"n":1}}`},
		{"a proxy answer with text inside", `{"httpMethod":"GET"}`, `{"statusCode":200,"body":"hello"}`, `{"statusCode":200,"body":"hello"}`},
		{"any other answer", `{"Records":[]}`, `{"batchItemFailures":[]}`, `{"batchItemFailures":[]}`},
		{"no answer", `{}`, `null`, `null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := compactJSON(plainAnswer([]byte(tt.event), decoded([]byte(tt.answer))))
			if diff := cmp.Diff(decoded([]byte(tt.want)), decoded([]byte(got)), cmp.Comparer(func(a, b json.Number) bool { return a == b })); diff != "" {
				t.Errorf("plainAnswer(%s, %s) (-want +got):\n%s", tt.event, tt.answer, diff)
			}
		})
	}
}
