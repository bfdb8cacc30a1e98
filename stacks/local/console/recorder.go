package console

import (
	"slices"
	"sync"
	"time"

	"callanalyst/stacks/local/runtimeapi"
)

// How much is remembered.
const (
	keepInvocations = 200 // of the whole fleet
	keepDurations   = 200 // of each function, for its percentiles
	keepLines       = 500 // of each function's log
	longestLine     = 4 << 10
)

// Recorder remembers what the fleet did. Its methods may be called from many
// goroutines and return at once. Make it with NewRecorder.
type Recorder struct {
	mu          sync.Mutex
	functions   map[string]*record
	invocations []runtimeapi.Event // newest last
	changed     chan struct{}      // closed and replaced with every change
}

// record is what is remembered of one function.
type record struct {
	invocations, cold, failures int
	durations                   []time.Duration // newest last
	lastError                   string
	lastErrorAt                 time.Time
	lines                       []runtimeapi.Line // newest last
	rebuild                     *Rebuild
}

// Rebuild tells how the last build of a function's changed sources went.
type Rebuild struct {
	At    time.Time `json:"at"`
	TookM int64     `json:"took_ms"`
	Error string    `json:"error"` // "" when the new binary is in service
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder {
	return &Recorder{functions: map[string]*record{}, changed: make(chan struct{})}
}

// Observe takes the beginning or the end of an invocation.
func (r *Recorder) Observe(e runtimeapi.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.wake()
	if e.Outcome == runtimeapi.Running {
		r.invocations = tail(append(r.invocations, e), keepInvocations)
		return
	}
	if i := r.started(e.RequestID); i >= 0 {
		r.invocations[i] = e
	} else {
		r.invocations = tail(append(r.invocations, e), keepInvocations)
	}
	r.count(e)
}

// started finds an invocation that is under way.
func (r *Recorder) started(id string) int {
	return slices.IndexFunc(r.invocations, func(e runtimeapi.Event) bool {
		return e.RequestID == id && e.Outcome == runtimeapi.Running
	})
}

// count adds an invocation that has ended to its function's figures. One that
// never reached a process has no duration.
func (r *Recorder) count(e runtimeapi.Event) {
	f := r.of(e.Function)
	f.invocations++
	if e.Cold {
		f.cold++
	}
	if e.Outcome != runtimeapi.Throttled {
		f.durations = tail(append(f.durations, e.Duration), keepDurations)
	}
	if e.Outcome != runtimeapi.OK {
		f.failures++
		f.lastError, f.lastErrorAt = e.Error, e.Start
	}
}

// Line takes one line of a function's log.
func (r *Recorder) Line(l runtimeapi.Line) {
	if len(l.Text) > longestLine {
		l.Text = l.Text[:longestLine] + "…"
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.of(l.Function)
	f.lines = tail(append(f.lines, l), keepLines)
	r.wake()
}

// Rebuilt takes the outcome of a rebuild that ended at the given time.
func (r *Recorder) Rebuilt(at time.Time, b runtimeapi.Rebuild) {
	out := &Rebuild{At: at, TookM: b.Took.Milliseconds()}
	if b.Err != nil {
		out.Error = b.Err.Error()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.of(b.Function).rebuild = out
	r.wake()
}

// Changed returns a channel that is closed with the next change.
func (r *Recorder) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Touch tells watchers that something else on the page has changed.
func (r *Recorder) Touch() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wake()
}

// Lines returns a function's log, oldest first.
func (r *Recorder) Lines(function string) []runtimeapi.Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(last(r.of(function).lines, keepLines))
}

// Invocations returns the last invocations of the fleet, newest first.
func (r *Recorder) Invocations() []runtimeapi.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := slices.Clone(last(r.invocations, keepInvocations))
	slices.Reverse(out)
	return out
}

// Figures are one function's figures since the start. The percentiles are those
// of its last invocations.
type Figures struct {
	Invocations int       `json:"invocations"`
	Cold        int       `json:"cold"`
	Failures    int       `json:"failures"`
	P50         float64   `json:"p50_ms"`
	P95         float64   `json:"p95_ms"`
	LastError   string    `json:"last_error"`
	LastErrorAt time.Time `json:"last_error_at,omitzero"`
	Rebuild     *Rebuild  `json:"rebuild"` // nil before the first
}

// Figures returns the function's figures.
func (r *Recorder) Figures(function string) Figures {
	r.mu.Lock()
	defer r.mu.Unlock()
	f := r.of(function)
	sorted := slices.Sorted(slices.Values(last(f.durations, keepDurations)))
	return Figures{
		Invocations: f.invocations, Cold: f.cold, Failures: f.failures,
		P50: percentile(sorted, 50), P95: percentile(sorted, 95),
		LastError: f.lastError, LastErrorAt: f.lastErrorAt, Rebuild: f.rebuild,
	}
}

// percentile is the nearest-rank percentile of sorted durations, in ms.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return milliseconds(sorted[max(rank, 1)-1])
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}

// of returns a function's record. The caller holds mu.
func (r *Recorder) of(function string) *record {
	f := r.functions[function]
	if f == nil {
		f = &record{}
		r.functions[function] = f
	}
	return f
}

func (r *Recorder) wake() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// tail cuts a list that has grown to twice n elements down to its last n, so
// that adding one costs the same however long the list is.
func tail[T any](s []T, n int) []T {
	if len(s) < 2*n {
		return s
	}
	return slices.Delete(s, 0, len(s)-n)
}

// last returns the last n elements.
func last[T any](s []T, n int) []T { return s[max(len(s)-n, 0):] }
