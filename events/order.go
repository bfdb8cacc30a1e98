package main

import (
	"cmp"
	"slices"
	"time"
)

// step is a call in its place: which of the others must have their answers
// before it may begin. Steps without such a tie may run side by side.
type step struct {
	N     int   `json:"n"`
	After []int `json:"after,omitempty"`
	call
}

// holdBack is how long one call's answer is kept back to see what waits for it.
const holdBack = 200 * time.Millisecond

// orderOf finds out which calls wait for which. Times alone cannot tell: what
// came later may have come later by chance. So the event is run again for each
// call with that one's answer kept back, and whatever begins all the same does
// not wait for it. again runs the event with the answer of the call of this
// label kept back.
func orderOf(calls []call, again func(label string) ([]call, error)) ([]step, error) {
	calls, names := labels(calls, call.key)
	waits := make([][]bool, len(calls)) // waits[i][j]: j waits for i
	for i, name := range names {
		waits[i] = make([]bool, len(calls))
		held, err := again(name)
		if err != nil {
			return nil, err
		}
		held, found := labels(held, call.key)
		late := slices.Index(found, name)
		if late < 0 {
			continue
		}
		for j, other := range names {
			at := slices.Index(found, other)
			waits[i][j] = at >= 0 && held[at].began >= held[late].ended
		}
	}
	return steps(calls, names, waits), nil
}

// steps numbers the calls so that each comes behind those that it waits for, and
// otherwise in an order that is always the same.
func steps(calls []call, names []string, waits [][]bool) []step {
	depth := depths(waits)
	index := make([]int, len(calls))
	for i := range index {
		index[i] = i
	}
	slices.SortFunc(index, func(a, b int) int {
		return cmp.Or(cmp.Compare(depth[a], depth[b]), cmp.Compare(names[a], names[b]))
	})
	out := make([]step, len(calls))
	for n, i := range index {
		out[n] = step{N: n + 1, call: calls[i]}
		for m, j := range index[:n] {
			if waits[j][i] && !between(waits, j, i) {
				out[n].After = append(out[n].After, m+1)
			}
		}
	}
	return out
}

// depths counts, for each call, those of the longest chain that must be over
// before it.
func depths(waits [][]bool) []int {
	out := make([]int, len(waits))
	for range waits { // no chain is longer than there are calls
		for i := range waits {
			for j := range waits {
				if waits[j][i] && i != j {
					out[i] = min(max(out[i], out[j]+1), len(waits))
				}
			}
		}
	}
	return out
}

// between tells whether some call waits for j and is waited for by i: then i's
// wait for j goes without saying.
func between(waits [][]bool, j, i int) bool {
	for k := range waits {
		if waits[j][k] && waits[k][i] {
			return true
		}
	}
	return false
}

// arrange puts the calls that came into the places of the steps expected. A step
// keeps a tie only if it was kept. Calls that nobody expected come last.
func arrange(want []step, calls []call) []step {
	calls, exact := labels(calls, call.key)
	_, kinds := labels(calls, call.kind)
	place := make([]int, len(want)) // the call in each step's place, or -1
	taken := make([]bool, len(calls))
	for _, by := range []struct {
		of   func(call) string
		have []string
	}{{call.key, exact}, {call.kind, kinds}} {
		assign(place, taken, want, by.of, by.have)
	}
	out := []step{}
	for n, s := range want {
		if place[n] > 0 {
			out = append(out, step{N: s.N, After: kept(s, place, calls, calls[place[n]-1]), call: calls[place[n]-1]})
		}
	}
	for i, c := range calls {
		if !taken[i] {
			out = append(out, step{N: len(want) + 1 + len(out), call: c})
		}
	}
	return out
}

// assign gives each step that has no call yet a free one of its name. Places are
// counted from 1.
func assign(place []int, taken []bool, want []step, of func(call) string, have []string) {
	plain := make([]call, len(want))
	for n, s := range want {
		plain[n] = s.call
		plain[n].began = time.Duration(n) // steps stand in order
	}
	_, names := labels(plain, of)
	for n, name := range names {
		i := slices.Index(have, name)
		if place[n] == 0 && i >= 0 && !taken[i] {
			place[n], taken[i] = i+1, true
		}
	}
}

// kept returns those of a step's ties that its call kept.
func kept(s step, place []int, calls []call, c call) (after []int) {
	for _, n := range s.After {
		if n < 1 || n > len(place) || place[n-1] == 0 {
			continue
		}
		if before := calls[place[n-1]-1]; before.ended <= c.began {
			after = append(after, n)
		}
	}
	return after
}
