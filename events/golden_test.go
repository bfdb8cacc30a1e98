package main

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at makes a call that is under way from and until the given milliseconds.
func at(operation string, from, until int) call {
	return call{Service: "s", Operation: operation, began: time.Duration(from) * time.Millisecond, ended: time.Duration(until) * time.Millisecond}
}

func operations(groups [][]call) [][]string {
	var out [][]string
	for _, g := range groups {
		var names []string
		for _, c := range g {
			names = append(names, c.Operation)
		}
		out = append(out, names)
	}
	return out
}

func TestWaves(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		calls []call
		want  [][]string
	}{
		{"none", nil, nil},
		{"one behind the other", []call{at("B", 0, 5), at("A", 6, 9)}, [][]string{{"B"}, {"A"}}},
		{"side by side, whichever was first", []call{at("B", 0, 5), at("A", 1, 4)}, [][]string{{"A", "B"}}},
		{"written down in another order", []call{at("C", 10, 12), at("A", 0, 5), at("B", 4, 8)}, [][]string{{"A", "B"}, {"C"}}},
		{"one long call beside two short ones", []call{at("long", 0, 20), at("b", 1, 5), at("c", 6, 9)}, [][]string{{"b", "c", "long"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, operations(waves(tt.calls))); diff != "" {
				t.Errorf("waves (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	want := &golden{Answer: "done", Calls: [][]call{{at("A", 0, 0), at("B", 0, 0)}, {at("C", 0, 0)}}}
	tests := []struct {
		name   string
		answer any
		calls  []call
		same   bool
	}{
		{"side by side", "done", []call{at("A", 0, 5), at("B", 1, 4), at("C", 6, 7)}, true},
		{"the other one first", "done", []call{at("B", 0, 5), at("A", 1, 4), at("C", 6, 7)}, true},
		{"by chance one behind the other", "done", []call{at("B", 0, 1), at("A", 2, 3), at("C", 6, 7)}, true},
		{"the last one first", "done", []call{at("C", 0, 1), at("A", 2, 3), at("B", 6, 7)}, false},
		{"one missing", "done", []call{at("A", 0, 1), at("B", 2, 3)}, false},
		{"one more", "done", []call{at("A", 0, 1), at("B", 0, 3), at("C", 4, 5), at("D", 6, 7)}, false},
		{"another answer", "don't", []call{at("A", 0, 5), at("B", 1, 4), at("C", 6, 7)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := compare(want, tt.answer, tt.calls); (diff == "") != tt.same {
				t.Errorf("compare says %q, want the same = %t", diff, tt.same)
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
