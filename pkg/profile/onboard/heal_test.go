package onboard_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/onboard"
)

func (u *upstreams) healer(log *bytes.Buffer) *onboard.Healer {
	return &onboard.Healer{
		Consents: u, Customers: u, Mirror: u, PoolID: "us-east-2_X",
		Log: slog.New(slog.NewJSONHandler(log, nil)).With("service", "profile-get"), Now: time.Now,
	}
}

func person(sub string) profile.Person { return profile.Person{Sub: sub, Username: "Google_" + sub} }

func TestHealerLinksAndMirrors(t *testing.T) {
	t.Parallel()
	var u upstreams
	var log bytes.Buffer
	u.healer(&log).Customer(t.Context(), person("u1"), "ada@example.com")
	// Not fresh: the customer may be older than Stripe's memory of keys.
	want := []string{"customer u1 ada@example.com", "mirror us-east-2_X Google_u1 cus_1"}
	if diff := cmp.Diff(want, u.sorted()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if !bytes.Contains(log.Bytes(), []byte(`"CustomerHealed":1`)) {
		t.Errorf("log %s does not count the healing", log.String())
	}
}

func TestHealerWaitsNoLongerThanItsBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := upstreams{trouble: map[string]func(context.Context) error{"customer": slow, "consent": slow}}
		var log bytes.Buffer
		h := u.healer(&log)
		start := time.Now()
		h.Customer(t.Context(), person("u1"), "ada@example.com")
		if took := time.Since(start); took != time.Second {
			t.Errorf("Customer took %s, want 1s", took)
		}
		start = time.Now()
		if got := h.Consent(t.Context(), person("u1")); got != "" {
			t.Errorf("Consent = %q, want none", got)
		}
		if took := time.Since(start); took != 500*time.Millisecond {
			t.Errorf("Consent took %s, want 500ms", took)
		}
		if diff := cmp.Diff([]string{"CONSENT_PENDING", "CUSTOMER_PENDING"}, codes(t, &log)); diff != "" {
			t.Errorf("codes (-want +got):\n%s", diff)
		}
	})
}

func TestHealerRestsAfterAFailure(t *testing.T) {
	t.Parallel()
	down := billing.ErrUnavailable.With(errors.New("connection refused"))
	refused := billing.ErrUnavailable.With(fmt.Errorf("create: %w", &billing.APIError{Status: 400, Code: "email_invalid"}))
	limited := billing.ErrUnavailable.With(&billing.APIError{Status: 429})
	tests := []struct {
		name  string
		err   error
		other bool // another user is still tried
	}{
		{name: "Stripe down concerns everybody", err: down},
		{name: "a limit concerns everybody", err: limited},
		{name: "one user refused concerns that user", err: refused, other: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
			asked := map[string]int{}
			h := new(upstreams).healer(new(bytes.Buffer))
			h.Now = func() time.Time { return now }
			h.Customers = linker(func(x billing.User) (string, error) {
				asked[x.Sub]++
				return "", tt.err
			})
			h.Customer(t.Context(), person("u1"), "")
			now = now.Add(30*time.Second - 1)
			h.Customer(t.Context(), person("u1"), "")
			h.Customer(t.Context(), person("u2"), "")
			want := map[string]int{"u1": 1}
			if tt.other {
				want["u2"] = 1
			}
			if diff := cmp.Diff(want, asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			now = now.Add(1)
			h.Customer(t.Context(), person("u1"), "")
			if asked["u1"] != 2 {
				t.Errorf("asked %d times for u1 after 30 s, want 2", asked["u1"])
			}
		})
	}
}

// linker is a Customers made of a function.
type linker func(billing.User) (string, error)

func (l linker) Link(_ context.Context, u billing.User) (string, error) { return l(u) }

func TestHealerRemembersABoundedNumberOfUsers(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	asked := 0
	h := new(upstreams).healer(new(bytes.Buffer))
	h.Now = func() time.Time { return now }
	h.Customers = linker(func(billing.User) (string, error) {
		asked++
		return "", &billing.APIError{Status: 400}
	})
	for i := range 1000 {
		h.Customer(t.Context(), person(fmt.Sprint(i)), "")
	}
	if asked != 257 {
		t.Errorf("asked %d times within 30 s, want 257: 256 users, and then nobody", asked)
	}
}

func TestHealerConsent(t *testing.T) {
	t.Parallel()
	var u upstreams
	var log bytes.Buffer
	h := u.healer(&log)
	if got := h.Consent(t.Context(), person("u1")); got != "2026-06-01" {
		t.Errorf("Consent = %q, want 2026-06-01", got)
	}
	if diff := cmp.Diff([]string{"consent u1 Google_u1"}, u.sorted()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if !bytes.Contains(log.Bytes(), []byte(`"ConsentHealed":1`)) {
		t.Errorf("log %s does not count the healing", log.String())
	}
}

func TestHealerSaysNothingOfNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	h := new(upstreams).healer(&log)
	h.Consents = nothing{}
	if got := h.Consent(t.Context(), person("u1")); got != "" || log.Len() > 0 {
		t.Errorf("Consent = %q, logged %s; want neither", got, log.String())
	}
}

// nothing is a Consents for which nothing waits.
type nothing struct{}

func (nothing) Promote(context.Context, string, string) (string, error) { return "", nil }

func TestHealerKeepsTheLinkWithoutItsMirror(t *testing.T) {
	t.Parallel()
	u := upstreams{trouble: map[string]func(context.Context) error{"mirror": func(context.Context) error { return errors.New("throttled") }}}
	var log bytes.Buffer
	h := u.healer(&log)
	h.Customer(t.Context(), person("u1"), "ada@example.com")
	h.Customer(t.Context(), person("u2"), "eve@example.com")
	want := []string{"customer u1 ada@example.com", "customer u2 eve@example.com"}
	if diff := cmp.Diff(want, u.sorted()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"", "", "MIRROR_PENDING", "MIRROR_PENDING"}, codes(t, &log)); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

func TestHealerConsentRestsAfterAFailure(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	asked := 0
	u := upstreams{trouble: map[string]func(context.Context) error{"consent": func(context.Context) error {
		asked++
		return errors.New("throttled")
	}}}
	h := u.healer(new(bytes.Buffer))
	h.Now = func() time.Time { return now }
	for _, step := range []struct {
		after time.Duration
		want  int // attempts so far
	}{{0, 1}, {30*time.Second - 1, 1}, {1, 2}, {time.Second, 2}} {
		now = now.Add(step.after)
		if got := h.Consent(t.Context(), person("u1")); got != "" {
			t.Errorf("Consent = %q, want none", got)
		}
		if asked != step.want {
			t.Errorf("%s later: %d attempts so far, want %d", step.after, asked, step.want)
		}
	}
}

func TestAFailureOfOneKindDoesNotStopTheOther(t *testing.T) {
	t.Parallel()
	u := upstreams{trouble: map[string]func(context.Context) error{"customer": func(context.Context) error { return errors.New("down") }}}
	h := u.healer(new(bytes.Buffer))
	h.Customer(t.Context(), person("u1"), "ada@example.com")
	if got := h.Consent(t.Context(), person("u1")); got != "2026-06-01" {
		t.Errorf("Consent = %q while Stripe rests, want 2026-06-01", got)
	}
}
