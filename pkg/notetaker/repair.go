package notetaker

import (
	"cmp"
	"slices"

	"callanalyst/pkg/notetaker/recall"
)

// span is a time during which somebody was heard.
type span struct{ from, to int64 }

// missing returns the utterances of a finished transcript that were not heard
// live. The two are cut into utterances differently, so they are compared by
// time: an utterance is there if its speaker was heard during most of it.
func missing(live []Utterance, whole []recall.Words) []Utterance {
	heard := map[int64][]span{}
	for _, u := range live {
		heard[u.Participant] = append(heard[u.Participant], span{u.StartMS, max(u.EndMS, u.StartMS+1)})
	}
	for p := range heard {
		heard[p] = merged(heard[p])
	}
	var lost []Utterance
	for _, w := range whole {
		u, ok := utterance(w)
		if ok && 2*covered(heard[u.Participant], u) < max(u.EndMS-u.StartMS, 1) {
			lost = append(lost, u)
		}
	}
	return lost
}

// merged joins spans that overlap.
func merged(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.from <= out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// covered is how many milliseconds of an utterance lie in the spans.
func covered(spans []span, u Utterance) (sum int64) {
	for _, s := range spans {
		sum += max(min(s.to, max(u.EndMS, u.StartMS+1))-max(s.from, u.StartMS), 0)
	}
	return sum
}
