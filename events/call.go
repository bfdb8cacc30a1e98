package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"callanalyst/stacks/local/solo"
)

// call is one request that the function made to a party outside, masked.
type call struct {
	Service   string `json:"service"`
	Operation string `json:"operation"`
	With      any    `json:"with,omitempty"`
	Answered  string `json:"answered,omitempty"` // an error's code; empty for success

	began, ended time.Duration // since the event was handed over
}

// masked turns a recorded call into one that can be shown and kept.
func masked(c solo.Call, m *masks) call {
	return call{
		Service: c.Service, Operation: c.Operation, With: m.value(c.With), Answered: c.Answered,
		began: c.Began, ended: c.Ended,
	}
}

// key says what a call is; calls of one key do the same.
func (c call) key() string { return c.Service + " " + c.Operation + " " + compactJSON(c.With) }

// kind is a call without its parameters.
func (c call) kind() string { return c.Service + " " + c.Operation }

// labels names each call by what says of it, and by how many of the same name
// began before it. The calls are sorted by their beginning first.
func labels(calls []call, name func(call) string) ([]call, []string) {
	calls = slices.Clone(calls)
	slices.SortStableFunc(calls, func(a, b call) int { return cmp.Compare(a.began, b.began) })
	seen := map[string]int{}
	out := make([]string, len(calls))
	for i, c := range calls {
		n := name(c)
		seen[n]++
		out[i] = fmt.Sprintf("%s #%d", n, seen[n])
	}
	return calls, out
}
