package feeds_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/feeds/cron"
	"callanalyst/stacks/local/runtimeapi"
)

// clockwork starts schedules in front of h.
func clockwork(t *testing.T, h *host, list ...feeds.Schedule) *feeds.Schedules {
	t.Helper()
	async := feeds.NewAsync(h, time.Now, counter())
	s, err := feeds.NewSchedules(async, time.Now, counter(), silent(), list)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		s.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		async.Close()
	})
	return s
}

// A bubble's clock starts at midnight UTC on 2000-01-01.
func TestSchedulesRun(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		rule feeds.Schedule
		want []time.Duration
	}{
		{name: "a rate counts from the start", rule: feeds.Schedule{Function: "poll", Every: 2 * time.Minute}, want: []time.Duration{2 * time.Minute, 4 * time.Minute, 6 * time.Minute}},
		{name: "a cron expression is due by the clock", rule: feeds.Schedule{Function: "poll", Cron: "3/2 0 * * ? *"}, want: []time.Duration{3 * time.Minute, 5 * time.Minute}},
		{name: "a schedule that is over never runs", rule: feeds.Schedule{Function: "poll", Cron: "* * * * ? 1999"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHost(fine)
				s := clockwork(t, h, tt.rule)
				time.Sleep(6*time.Minute + time.Second)
				synctest.Wait()
				if diff := cmp.Diff(tt.want, h.times()); diff != "" {
					t.Errorf("runs (-want +got):\n%s", diff)
				}
				if due := s.List()[0]; len(tt.want) == 0 && !due.Next.IsZero() {
					t.Errorf("Next = %s, want never", due.Next)
				}
			})
		})
	}
}

func TestScheduleThatRunsAloneLeavesRunsOut(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			running := make(chan struct{})
			h := newHost(func(call int, p []byte) (runtimeapi.Result, error) {
				if call == 0 {
					<-running
				}
				return fine(call, p)
			})
			s := clockwork(t, h, feeds.Schedule{Function: "poll", Every: time.Minute, Alone: alone})
			time.Sleep(3*time.Minute + time.Second)
			want, skipped := 3, 0
			if alone {
				want, skipped = 1, 2
			}
			due := s.List()[0]
			if got := len(h.times()); got != want || due.Skipped != skipped {
				t.Errorf("alone %v: %d runs and %d left out, want %d and %d", alone, got, due.Skipped, want, skipped)
			}
			if err := s.RunNow("poll"); alone != errors.Is(err, feeds.ErrBusy) {
				t.Errorf("alone %v: RunNow of a busy function = %v", alone, err)
			}
			close(running)
			time.Sleep(time.Minute)
			synctest.Wait()
			if got := len(h.times()); got <= want {
				t.Errorf("alone %v: no run after the long one ended", alone)
			}
		})
	}
}

func TestRunNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(fine)
		s := clockwork(t, h, feeds.Schedule{Function: "poll", Every: time.Hour})
		time.Sleep(90 * time.Second)
		if err := s.RunNow("poll"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := `{"version":"0","id":"e1","detail-type":"Scheduled Event","source":"aws.scheduler","account":"000000000000",` +
			`"time":"2000-01-01T00:01:30Z","region":"us-east-2",` +
			`"resources":["arn:aws:scheduler:us-east-2:000000000000:schedule/default/poll"],"detail":"{}"}`
		if diff := cmp.Diff(want, h.last().payload); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
		start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		due := feeds.Due{Function: "poll", When: "every 1h0m0s", Last: start.Add(90 * time.Second), Next: start.Add(time.Hour)}
		if diff := cmp.Diff([]feeds.Due{due}, s.List(), cmp.Transformer("UTC", time.Time.UTC)); diff != "" {
			t.Errorf("List (-want +got):\n%s", diff)
		}
		if err := s.RunNow("other"); !errors.Is(err, feeds.ErrNoSchedule) {
			t.Errorf("RunNow of no schedule = %v, want ErrNoSchedule", err)
		}
	})
}

func TestNewSchedulesRefusesABadExpression(t *testing.T) {
	t.Parallel()
	async := feeds.NewAsync(newHost(fine), time.Now, counter())
	defer async.Close()
	_, err := feeds.NewSchedules(async, time.Now, counter(), silent(), []feeds.Schedule{{Function: "nightly", Cron: "0 3 * * *"}})
	if !errors.Is(err, cron.ErrExpression) {
		t.Errorf("NewSchedules = %v, want ErrExpression", err)
	}
}
