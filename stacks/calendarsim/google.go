package main

import (
	"math"
	"math/rand/v2"
	"time"
)

// party is Google: so many looks in a minute that slides, an answer after 220 ms at
// the median and 600 ms for one in twenty, and an error now and then.
type party struct {
	perMinute int
	window    []time.Time // of the last minute, in order
}

const (
	median = 220 * time.Millisecond
	sigma  = 0.61 // ln(600/220)/1.645
	// errors is how many looks fail without a reason.
	errors5xx = 0.001
)

// look is one call of events.list at a moment.
func (g *party) look(at time.Time, r *rand.Rand) (time.Duration, bool) {
	latency := time.Duration(float64(median) * math.Exp(sigma*r.NormFloat64()))
	for len(g.window) > 0 && at.Sub(g.window[0]) >= time.Minute {
		g.window = g.window[1:]
	}
	if len(g.window) >= g.perMinute {
		return latency, false
	}
	g.window = append(g.window, at)
	return latency, r.Float64() >= errors5xx
}
