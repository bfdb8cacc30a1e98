package feeds_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/runtimeapi"
)

func TestAsyncDelivers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		answer   func(int, []byte) (runtimeapi.Result, error)
		want     []time.Duration // when the function was called
		dead     string          // the error kept with the event, if it died
		attempts int
	}{
		{name: "a function that works is called once", answer: fine, want: []time.Duration{0}},
		{
			name: "a function that fails is called three times and its event is dead", answer: broken,
			want: []time.Duration{0, time.Minute, 3 * time.Minute}, dead: "errorString: the mail is lost", attempts: 3,
		},
		{
			name: "a throttled call waits longer and longer and does not count", answer: throttledUntil(4),
			want: []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second},
		},
		{
			name: "a function that is not there is not tried again",
			answer: func(int, []byte) (runtimeapi.Result, error) {
				return runtimeapi.Result{}, runtimeapi.ErrNotFound
			},
			want: []time.Duration{0}, dead: "feeds: invoke mailer: function not found", attempts: 1,
		},
		{
			name: "a function that recovers leaves nothing behind",
			answer: func(call int, p []byte) (runtimeapi.Result, error) {
				if call == 0 {
					return broken(call, p)
				}
				return fine(call, p)
			},
			want: []time.Duration{0, time.Minute},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHost(tt.answer)
				a := feeds.NewAsync(h, time.Now, counter())
				defer a.Close()
				if err := a.Send("mailer", []byte(`{"code":"x"}`)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if diff := cmp.Diff(tt.want, h.times()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if got := h.last(); got.function != "mailer" || got.payload != `{"code":"x"}` {
					t.Errorf("called %s with %s", got.function, got.payload)
				}
				if n := len(a.Alive()); n != 0 {
					t.Errorf("%d events are still alive after an hour, want 0", n)
				}
				checkDead(t, a.Dead(), tt.dead, tt.attempts)
			})
		})
	}
}

func checkDead(t *testing.T, dead []feeds.Event, message string, attempts int) {
	t.Helper()
	if message == "" {
		if len(dead) != 0 {
			t.Errorf("dead = %+v, want none", dead)
		}
		return
	}
	if len(dead) != 1 || dead[0].Error != message || dead[0].Attempts != attempts || dead[0].Died.IsZero() {
		t.Errorf("dead = %+v, want one with error %q after %d attempts", dead, message, attempts)
	}
}

func TestAsyncGivesUpThrottledEventsAfterSixHours(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(throttledUntil(1 << 30))
		a := feeds.NewAsync(h, time.Now, counter())
		defer a.Close()
		if err := a.Send("mailer", []byte(`1`)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Hour)
		if n := len(a.Alive()); n != 1 {
			t.Fatalf("after 5 h %d events are alive, want 1", n)
		}
		time.Sleep(2 * time.Hour)
		if alive, dead := len(a.Alive()), len(a.Dead()); alive != 0 || dead != 1 {
			t.Errorf("after 7 h %d alive and %d dead, want 0 and 1", alive, dead)
		}
	})
}

func TestAsyncRefuses(t *testing.T) {
	t.Parallel()
	a := feeds.NewAsync(newHost(fine), time.Now, counter())
	if err := a.Send("mailer", []byte(`{`)); err == nil {
		t.Error("Send of broken JSON = nil, want an error")
	}
	if err := a.Send("mailer", []byte(`"`+strings.Repeat("x", runtimeapi.MaxAsyncRequest)+`"`)); !errors.Is(err, runtimeapi.ErrTooLarge) {
		t.Errorf("Send of a large event = %v, want ErrTooLarge", err)
	}
	a.Close()
	if err := a.Send("mailer", []byte(`1`)); !errors.Is(err, runtimeapi.ErrClosed) {
		t.Errorf("Send after Close = %v, want ErrClosed", err)
	}
}

func TestAsyncOutlivesARestart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		before := feeds.NewAsync(newHost(broken), time.Now, counter())
		for _, f := range []string{"lost", "mailer"} {
			if err := before.Send(f, []byte(`{"for":"`+f+`"}`)); err != nil {
				t.Fatal(err)
			}
			if f == "lost" {
				time.Sleep(10 * time.Minute) // dead by now
			}
		}
		synctest.Wait()
		before.Close()
		doc, err := before.Snapshot()
		if err != nil {
			t.Fatal(err)
		}

		h := newHost(fine)
		after := feeds.NewAsync(h, time.Now, counter())
		defer after.Close()
		if err := after.Restore(doc); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := h.last(); len(h.times()) != 1 || got.function != "mailer" || got.payload != `{"for":"mailer"}` {
			t.Errorf("after the restart %d calls, the last %+v; want one for the event that was alive", len(h.times()), got)
		}
		if dead := after.Dead(); len(dead) != 1 || dead[0].Function != "lost" {
			t.Errorf("dead after the restart = %+v, want the lost one", dead)
		}
	})
}

func TestAsyncRedriveAndPurge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(func(call int, p []byte) (runtimeapi.Result, error) {
			if call < 3 {
				return broken(call, p)
			}
			return fine(call, p)
		})
		a := feeds.NewAsync(h, time.Now, counter())
		defer a.Close()
		if err := a.Send("mailer", []byte(`1`)); err != nil {
			t.Fatal(err)
		}
		if !a.Busy("mailer") || a.Busy("other") {
			t.Errorf("Busy = %v and %v, want true for the function of the event alone", a.Busy("mailer"), a.Busy("other"))
		}
		time.Sleep(time.Hour)
		if n, err := a.Redrive("other"); n != 0 || err != nil {
			t.Errorf("Redrive of another function = %d, %v; want 0", n, err)
		}
		if n, err := a.Redrive("mailer"); n != 1 || err != nil {
			t.Errorf("Redrive = %d, %v; want 1", n, err)
		}
		synctest.Wait()
		if len(a.Dead()) != 0 || len(h.times()) != 4 {
			t.Errorf("after Redrive %d dead and %d calls, want 0 and 4", len(a.Dead()), len(h.times()))
		}
		if gone := a.Purge("mailer"); len(gone) != 0 {
			t.Errorf("Purge of nothing = %+v", gone)
		}
	})
}

func TestRestoreRefusesWhatItDidNotWrite(t *testing.T) {
	t.Parallel()
	a := feeds.NewAsync(newHost(fine), time.Now, counter())
	defer a.Close()
	if err := a.Restore([]byte(`[`)); err == nil {
		t.Error("Restore of broken JSON = nil, want an error")
	}
}
