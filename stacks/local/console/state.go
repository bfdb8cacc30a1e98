package console

import (
	"encoding/json"
	"slices"
	"time"

	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/runtimeapi"
)

// Address is one place where the fleet can be reached.
type Address struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	What string `json:"what"`
}

// Function is a row of the manifest as the page shows it.
type Function struct {
	Name, Does, Trigger string
}

// Queue is one queue and its dead-letter queue.
type Queue struct {
	Name      string `json:"name"`
	Function  string `json:"function"` // that reads it
	Waiting   int    `json:"waiting"`
	InFlight  int    `json:"in_flight"`
	Delayed   int    `json:"delayed"`
	DeadCount int    `json:"dead_count"`
	Dead      []Dead `json:"dead"` // oldest first, no more than some
}

// Dead is one message of a dead-letter queue.
type Dead struct {
	ID   string    `json:"id"`
	Sent time.Time `json:"sent"`
	Body string    `json:"body"`
}

// State is everything that the page shows.
type State struct {
	At          time.Time       `json:"at"`
	Addresses   []Address       `json:"addresses"`
	Functions   []FunctionState `json:"functions"`
	Invocations []Invocation    `json:"invocations"` // newest first
	Schedules   []feeds.Due     `json:"schedules"`
	Queues      []Queue         `json:"queues"`
	Async       AsyncState      `json:"async"`
}

// FunctionState is one function now.
type FunctionState struct {
	Name    string `json:"name"`
	Does    string `json:"does"`
	Trigger string `json:"trigger"`
	State   string `json:"state"` // idle, warm, busy, failed, stale
	Warm    int    `json:"warm"`
	Busy    int    `json:"busy"`
	Figures
}

// Invocation is one invocation. Outcome is runtimeapi's; Error is what the
// function said.
type Invocation struct {
	Function  string    `json:"function"`
	RequestID string    `json:"request_id"`
	At        time.Time `json:"at"`
	Outcome   string    `json:"outcome"`
	Cold      bool      `json:"cold"`
	Duration  float64   `json:"duration_ms"`
	Init      float64   `json:"init_ms"`
	ErrorType string    `json:"error_type"`
	Error     string    `json:"error"`
	MemoryMB  int64     `json:"max_memory_mb"`
}

// showAtMost is how many events of one kind the page lists: a poll may queue a
// hundred thousand.
const showAtMost = 100

// AsyncState is Lambda's queue of asynchronous events: how many there are, and
// the oldest of them.
type AsyncState struct {
	AliveCount int           `json:"alive_count"`
	DeadCount  int           `json:"dead_count"`
	Alive      []feeds.Event `json:"alive"`
	Dead       []feeds.Event `json:"dead"`
}

func asyncState(alive, dead []feeds.Event) AsyncState {
	return AsyncState{
		AliveCount: len(alive), DeadCount: len(dead),
		Alive: list(alive[:min(len(alive), showAtMost)]), Dead: list(dead[:min(len(dead), showAtMost)]),
	}
}

// state puts the page's state together.
func (c *Console) state() State {
	s := State{
		At: c.o.Now(), Addresses: c.o.Addresses, Queues: c.o.Queues.List(),
		Schedules: c.o.Schedules.List(), Async: asyncState(c.o.Async.Alive(), c.o.Async.Dead()),
		Functions: []FunctionState{}, Invocations: []Invocation{},
	}
	for i := range s.Queues {
		s.Queues[i].Dead = list(s.Queues[i].Dead)
	}
	pools := c.o.Pools()
	for _, f := range c.o.Functions {
		s.Functions = append(s.Functions, c.function(f, pools))
	}
	for _, e := range c.o.Recorder.Invocations() {
		s.Invocations = append(s.Invocations, invocation(e))
	}
	return s
}

func (c *Console) function(f Function, pools []runtimeapi.Pool) FunctionState {
	out := FunctionState{Name: f.Name, Does: f.Does, Trigger: f.Trigger, Figures: c.o.Recorder.Figures(f.Name)}
	if i := slices.IndexFunc(pools, func(p runtimeapi.Pool) bool { return p.Function == f.Name }); i >= 0 {
		out.Warm, out.Busy = pools[i].Warm, pools[i].Busy
	}
	out.State = out.word(c.o.Recorder.lastOutcome(f.Name))
	return out
}

// word sums a function up. Sources that do not compile matter most: what runs
// is not what the developer sees.
func (f FunctionState) word(last runtimeapi.Outcome) string {
	switch {
	case f.Rebuild != nil && f.Rebuild.Error != "":
		return "stale"
	case f.Busy > 0:
		return "busy"
	case last != "" && last != runtimeapi.OK:
		return "failed"
	case f.Warm > 0:
		return "warm"
	}
	return "idle"
}

// lastOutcome is how the function's last finished invocation went.
func (r *Recorder) lastOutcome(function string) runtimeapi.Outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range slices.Backward(r.invocations) {
		if e.Function == function && e.Outcome != runtimeapi.Running {
			return e.Outcome
		}
	}
	return ""
}

func invocation(e runtimeapi.Event) Invocation {
	return Invocation{
		Function: e.Function, RequestID: e.RequestID, At: e.Start, Outcome: string(e.Outcome), Cold: e.Cold,
		Duration: milliseconds(e.Duration), Init: milliseconds(e.InitDuration),
		ErrorType: e.ErrorType, Error: e.Error, MemoryMB: (e.MaxMemory + 1<<20 - 1) >> 20,
	}
}

// list is a list that is [] in JSON when it is empty, and not null.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// encode writes the state as JSON. It holds nothing that cannot be written.
func (s State) encode() []byte {
	b, _ := json.MarshalIndent(s, "", "  ")
	return b
}
