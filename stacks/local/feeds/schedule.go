package feeds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"callanalyst/stacks/local/feeds/cron"
	"callanalyst/stacks/local/runtimeapi"
)

// ErrNoSchedule reports the name of no schedule; ErrBusy a function that may not
// run twice at once and has not finished its last run.
var (
	ErrNoSchedule = errors.New("there is no schedule of this name")
	ErrBusy       = errors.New("its last run has not finished")
)

// Schedule invokes a function at a fixed rate or by a cron expression.
type Schedule struct {
	Function string
	Every    time.Duration // or
	Cron     string        // an EventBridge cron expression
	Alone    bool          // a run is left out while the one before it is not done
}

// Due tells of one schedule's runs.
type Due struct {
	Function string    `json:"function"`
	When     string    `json:"when"`          // the rate or the expression
	Last     time.Time `json:"last,omitzero"` // zero before the first run
	Next     time.Time `json:"next,omitzero"` // zero when there is none
	Skipped  int       `json:"skipped"`
}

// Schedules runs a set of schedules. Make it with NewSchedules.
type Schedules struct {
	async *Async
	now   func() time.Time
	id    func() string
	log   *slog.Logger

	mu   sync.Mutex
	list []*entry
}

type entry struct {
	Schedule
	cron cron.Schedule
	due  Due
}

// NewSchedules returns the schedules, which run once Run is called. It refuses
// an expression that EventBridge would refuse.
func NewSchedules(async *Async, now func() time.Time, id func() string, log *slog.Logger, list []Schedule) (*Schedules, error) {
	s := &Schedules{async: async, now: now, id: id, log: log}
	for _, one := range list {
		e := &entry{Schedule: one, due: Due{Function: one.Function, When: "every " + one.Every.String()}}
		if one.Every <= 0 {
			parsed, err := cron.Parse(one.Cron)
			if err != nil {
				return nil, fmt.Errorf("feeds: schedule of %s: %w", one.Function, err)
			}
			e.cron, e.due.When = parsed, "cron "+one.Cron
		}
		s.list = append(s.list, e)
	}
	return s, nil
}

// Run keeps the schedules until ctx ends. A rate counts from here.
func (s *Schedules) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, e := range s.list {
		wg.Go(func() { s.keep(ctx, e) })
	}
	wg.Wait()
}

func (s *Schedules) keep(ctx context.Context, e *entry) {
	next, ok := e.next(s.now())
	for ok {
		s.plan(e, next)
		sleep(ctx, next.Sub(s.now()))
		if ctx.Err() != nil {
			return
		}
		if err := s.fire(e, next); err != nil {
			s.log.Warn("a scheduled run was left out", "function", e.Function, "error", err)
		}
		next, ok = e.next(next)
	}
	s.plan(e, time.Time{})
}

// next is the time after t at which the schedule is due.
func (e *entry) next(t time.Time) (time.Time, bool) {
	if e.Every > 0 {
		return t.Add(e.Every), true
	}
	return e.cron.Next(t)
}

func (s *Schedules) plan(e *entry, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.due.Next = next
}

// fire queues one run.
func (s *Schedules) fire(e *entry, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Alone && s.async.Busy(e.Function) {
		e.due.Skipped++
		return fmt.Errorf("feeds: run %s: %w", e.Function, ErrBusy)
	}
	payload, err := ScheduledEvent(s.id(), e.Function, at)
	if err != nil {
		return err
	}
	e.due.Last = at
	return s.async.Send(e.Function, payload)
}

// RunNow queues a run of the function's schedule at once.
func (s *Schedules) RunNow(function string) error {
	i := slices.IndexFunc(s.list, func(e *entry) bool { return e.Function == function })
	if i < 0 {
		return fmt.Errorf("feeds: run %s: %w", function, ErrNoSchedule)
	}
	return s.fire(s.list[i], s.now())
}

// List tells of every schedule.
func (s *Schedules) List() []Due {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Due, len(s.list))
	for i, e := range s.list {
		out[i] = e.due
	}
	return out
}

// ScheduledEvent is what EventBridge Scheduler sends to a function whose
// schedule has no input of its own. Its detail is a string.
func ScheduledEvent(id, function string, at time.Time) ([]byte, error) {
	body, err := json.Marshal(struct {
		Version    string   `json:"version"`
		ID         string   `json:"id"`
		DetailType string   `json:"detail-type"`
		Source     string   `json:"source"`
		Account    string   `json:"account"`
		Time       string   `json:"time"`
		Region     string   `json:"region"`
		Resources  []string `json:"resources"`
		Detail     string   `json:"detail"`
	}{
		Version: "0", ID: id, DetailType: "Scheduled Event", Source: "aws.scheduler", Account: runtimeapi.Account,
		Time: at.UTC().Format(time.RFC3339), Region: runtimeapi.Region, Detail: "{}",
		Resources: []string{"arn:aws:scheduler:" + runtimeapi.Region + ":" + runtimeapi.Account + ":schedule/default/" + function},
	})
	if err != nil {
		return nil, fmt.Errorf("feeds: encode the schedule's event for %s: %w", function, err)
	}
	return body, nil
}
