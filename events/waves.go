package main

import (
	"cmp"
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

// key orders calls that have no order among themselves.
func (c call) key() string { return c.Service + " " + c.Operation + " " + compactJSON(c.With) }

// waves groups calls that were under way at the same time, each group sorted by
// what the calls are, so that a race between them is the same every time.
func waves(calls []call) [][]call {
	calls = slices.Clone(calls)
	slices.SortStableFunc(calls, func(a, b call) int { return cmp.Compare(a.began, b.began) })
	var out [][]call
	var until time.Duration
	for _, c := range calls {
		if len(out) == 0 || c.began > until {
			out = append(out, nil)
		}
		last := len(out) - 1
		out[last] = append(out[last], c)
		until = max(until, c.ended)
	}
	for _, w := range out {
		slices.SortStableFunc(w, func(a, b call) int { return cmp.Compare(a.key(), b.key()) })
	}
	return out
}

// regroup lays the calls, in the order that they began, into groups of the
// given sizes. Two calls that may run side by side need not: on a busy machine
// one can be over before the other begins.
func regroup(calls []call, sizes []int) ([][]call, bool) {
	calls = slices.Clone(calls)
	slices.SortStableFunc(calls, func(a, b call) int { return cmp.Compare(a.began, b.began) })
	var out [][]call
	for _, n := range sizes {
		if n > len(calls) {
			return nil, false
		}
		w := slices.Clone(calls[:n])
		slices.SortStableFunc(w, func(a, b call) int { return cmp.Compare(a.key(), b.key()) })
		out, calls = append(out, w), calls[n:]
	}
	return out, len(calls) == 0
}
