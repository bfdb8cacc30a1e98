package calendar_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	w := open(t)
	c := w.connect("u1", gmail)
	if c.State != calendar.Active || c.Email != gmail || c.Settings != (calendar.Settings{}) || !c.NextPollAt.Equal(noon) || !c.ConnectedAt.Equal(noon) {
		t.Errorf("connected is %+v, want an active connection that is due and joins nothing", c)
	}
	refresh, err := w.vault.Open(t.Context(), "u1", calendar.RefreshToken, c.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.oauth.Refresh(t.Context(), refresh); err != nil {
		t.Errorf("the kept refresh token does not work: %v", err)
	}
	access, err := w.vault.Open(t.Context(), "u1", calendar.AccessToken, c.Access)
	if who, _, ok := w.google.Who(access); err != nil || !ok || who != gmail || !c.AccessUntil.After(noon.Add(59*time.Minute)) {
		t.Errorf("the kept access token is %q's until %v, %v", who, c.AccessUntil, err)
	}
	for _, secret := range []string{refresh, access} {
		if strings.Contains(w.log.String(), secret) {
			t.Error("a token is in the log")
		}
	}
}

// TestOnlyTheAttemptsOwnBrowserFinishesIt is the list of ways in which somebody's
// calendar could end up at somebody else's account.
func TestOnlyTheAttemptsOwnBrowserFinishesIt(t *testing.T) {
	t.Parallel()
	good := strings.Repeat("A", 43)
	tests := []struct {
		name  string
		wait  time.Duration
		spoil func(w *world, r *calendar.Return)
	}{
		{name: "another browser", spoil: func(_ *world, r *calendar.Return) { r.Browser = good }},
		{name: "a browser without the cookie", spoil: func(_ *world, r *calendar.Return) { r.Browser = "" }},
		{name: "a state that was never given", spoil: func(_ *world, r *calendar.Return) { r.State = good }},
		{name: "no state", spoil: func(_ *world, r *calendar.Return) { r.State = "" }},
		{name: "a huge state", spoil: func(_ *world, r *calendar.Return) { r.State = strings.Repeat("A", 4000) }},
		{name: "the victim's browser with the attacker's state", spoil: func(w *world, r *calendar.Return) {
			r.Browser = w.begin("u2", googletest.Decision{Email: "eve@gmail.example"}).Browser
		}},
		{name: "a state that was used", spoil: func(w *world, r *calendar.Return) {
			if err := w.connector().Finish(w.t.Context(), *r); err != nil {
				w.t.Error(err)
			}
			if err := w.leaver().Revoke(w.t.Context(), "u1"); err != nil {
				w.t.Error(err)
			}
		}},
		{name: "a state that was used to say no", spoil: func(w *world, r *calendar.Return) {
			no := *r
			no.Code, no.Error = "", "access_denied"
			if err := w.connector().Finish(w.t.Context(), no); !errors.Is(err, calendar.ErrDenied) {
				w.t.Error(err)
			}
		}},
		{name: "ten minutes later", wait: 10 * time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			r := w.begin("u1", googletest.Decision{Email: gmail})
			if tt.spoil != nil {
				tt.spoil(w, &r)
			}
			w.pass(tt.wait)
			asked := len(w.google.Calls())
			if err := w.connector().Finish(t.Context(), r); !errors.Is(err, calendar.ErrState) {
				t.Errorf("Finish: %v, want ErrState", err)
			}
			if n := len(w.google.Calls()); n != asked {
				t.Errorf("Google was asked %d times: the code must not be tried", n-asked)
			}
			for _, sub := range []string{"u1", "u2"} {
				if c := get(t, w.store, sub); c.State != calendar.None {
					t.Errorf("%s has a connection to %s", sub, c.Email)
				}
			}
		})
	}
}

// TestNoiseDoesNotReachTheTable: whatever cannot be a key is refused without a
// question.
func TestNoiseDoesNotReachTheTable(t *testing.T) {
	t.Parallel()
	key := strings.Repeat("A", 43)
	for _, r := range [][2]string{{"", ""}, {key, ""}, {"", key}, {key + "A", key}, {key, key[1:]}, {strings.Repeat("A", 1<<20), key}} {
		if _, err := (calendar.Attempts{}).Take(t.Context(), r[0], r[1]); !errors.Is(err, calendar.ErrState) {
			t.Errorf("Take(%.50q, %.50q): %v, want ErrState", r[0], r[1], err)
		}
	}
}

// An attempt that a stranger's browser tried is still its own browser's.
func TestAStrangerDoesNotUseAnAttemptUp(t *testing.T) {
	t.Parallel()
	w := open(t)
	r := w.begin("u1", googletest.Decision{Email: gmail})
	stranger := r
	stranger.Browser = strings.Repeat("A", 43)
	if err := w.connector().Finish(t.Context(), stranger); !errors.Is(err, calendar.ErrState) {
		t.Errorf("the stranger got %v", err)
	}
	if err := w.connector().Finish(t.Context(), r); err != nil {
		t.Errorf("then its own browser got %v", err)
	}
}

func TestOneCallbackOfManyConnects(t *testing.T) {
	t.Parallel()
	w := open(t)
	r := w.begin("u1", googletest.Decision{Email: gmail})
	var wg sync.WaitGroup
	results := make(chan error, 20)
	for range cap(results) {
		c := w.connector()
		c.Log = slog.New(slog.DiscardHandler)
		wg.Go(func() { results <- c.Finish(context.WithoutCancel(t.Context()), r) })
	}
	wg.Wait()
	close(results)
	ok := 0
	for err := range results {
		switch {
		case err == nil:
			ok++
		case !errors.Is(err, calendar.ErrState):
			t.Error(err)
		}
	}
	if ok != 1 {
		t.Errorf("%d callbacks of one state connected, want 1", ok)
	}
}

// TestTheTableHoldsNoKey: whoever can read the table oauth_states cannot finish
// an attempt with it.
func TestTheTableHoldsNoKey(t *testing.T) {
	t.Parallel()
	w := open(t)
	r := w.begin("u1", googletest.Decision{Email: gmail})
	out, err := w.db.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(w.db.Table("oauth_states"))})
	if err != nil || len(out.Items) != 1 {
		t.Fatalf("%d rows, %v", len(out.Items), err)
	}
	for name, v := range out.Items[0] {
		if text := words(v); text == r.State || text == r.Browser {
			t.Errorf("%s holds a key of the attempt", name)
		}
	}
}

func TestConsentsThatDoNotConnect(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		decide googletest.Decision
		spoil  func(w *world, r *calendar.Return)
		want   error
		unused bool // the code is not even tried
	}{
		{name: "the user says no", decide: googletest.Decision{Deny: true}, want: calendar.ErrDenied, unused: true},
		{name: "the calendar is not ticked", decide: googletest.Decision{Email: gmail, Untick: []string{google.Scope}}, want: calendar.ErrScope},
		{name: "Google has an error of its own", spoil: func(_ *world, r *calendar.Return) { r.Error = "temporarily_unavailable" }, want: calendar.ErrNotGranted, unused: true},
		{name: "no code", spoil: func(_ *world, r *calendar.Return) { r.Code = "" }, want: calendar.ErrNotGranted, unused: true},
		{name: "another code", spoil: func(_ *world, r *calendar.Return) { r.Code = "4/0Aother" }, want: calendar.ErrCode},
		{name: "the code of somebody else's attempt", spoil: func(w *world, r *calendar.Return) {
			r.Code = w.begin("u2", googletest.Decision{Email: "eve@gmail.example"}).Code
		}, want: calendar.ErrCode},
		{name: "Google is down", spoil: func(w *world, _ *calendar.Return) {
			w.google.Break(googletest.Fault{Match: "POST /token", Status: 503})
		}, want: calendar.ErrGoogle},
		{name: "our secret is wrong", spoil: func(w *world, _ *calendar.Return) {
			w.google.Break(googletest.Fault{Match: "POST /token", Status: 401, Body: `{"error":"invalid_client"}`})
		}, want: calendar.ErrClient},
		{name: "Google gives no refresh token", spoil: func(w *world, _ *calendar.Return) {
			w.google.Break(googletest.Fault{Match: "POST /token", Status: 200, Body: `{"access_token":"a","expires_in":3599,"scope":"` + google.Scope + `"}`})
		}, want: calendar.ErrNotGranted},
		{name: "the account was locked meanwhile", spoil: func(w *world, _ *calendar.Return) {
			w.people["u1"] = entitlement.Row{TOSVersion: consent.Current, Disabled: true}
		}, want: entitlement.ErrDisabled, unused: true},
		{name: "the terms changed meanwhile", spoil: func(w *world, _ *calendar.Return) {
			w.people["u1"] = entitlement.Row{TOSVersion: "2025-01-01"}
		}, want: consent.ErrRequired, unused: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			if tt.decide.Email == "" {
				tt.decide.Email = gmail
			}
			r := w.begin("u1", tt.decide)
			if tt.spoil != nil {
				tt.spoil(w, &r)
			}
			if err := w.connector().Finish(t.Context(), r); !errors.Is(err, tt.want) {
				t.Errorf("Finish: %v, want %v", err, tt.want)
			}
			if tried := slices.Contains(w.google.Calls(), "POST /token"); tried == tt.unused {
				t.Errorf("the code was tried: %t", tried)
			}
			if c := get(t, w.store, "u1"); c.State != calendar.None {
				t.Errorf("there is a connection all the same: %+v", c)
			}
		})
	}
}

// A consent that fails leaves the connection that there was.
func TestAFailedConsentChangesNothing(t *testing.T) {
	t.Parallel()
	w := open(t)
	before := w.connect("u1", gmail)
	r := w.begin("u1", googletest.Decision{Email: gmail, Deny: true})
	if err := w.connector().Finish(t.Context(), r); !errors.Is(err, calendar.ErrDenied) {
		t.Errorf("Finish: %v", err)
	}
	if after := get(t, w.store, "u1"); after.Grant != before.Grant || after.State != calendar.Active {
		t.Errorf("the connection is %+v, want it untouched", after)
	}
}

func TestNobodyStartsWhoMayNot(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.people["locked"] = entitlement.Row{TOSVersion: consent.Current, Disabled: true}
	for sub, want := range map[string]error{"nobody": consent.ErrRequired, "locked": entitlement.ErrDisabled} {
		if _, _, err := w.connector().Start(t.Context(), sub); !errors.Is(err, want) {
			t.Errorf("Start(%s): %v, want %v", sub, err, want)
		}
	}
}
