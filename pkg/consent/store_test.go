package consent_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/consent"
)

// evidence is what one acceptance at noon leaves under the user's sub.
func evidence() []row {
	return []row{
		{"kind_version": "cookies#2026-11-21T12:00:00.000Z", "accepted_at": "2026-11-21T12:00:00.000Z", "source": "sign-up", "client_id": "web", "analytics": true, "marketing": false},
		{"kind_version": "tos#2026-06-01", "tos_version": june, "accepted_at": "2026-11-21T12:00:00.000Z", "source": "sign-up", "client_id": "web"},
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold(t, june)
	want := []row{{
		"kind_version": "pending", "tos_version": june, "accepted_at": "2026-11-21T12:00:00.000Z", "source": "sign-up", "client_id": "web",
		"analytics": true, "marketing": false, "ttl": fmt.Sprintf("number %d", noon().AddDate(0, 0, 30).Unix()),
	}}
	if d := cmp.Diff(want, w.rows(t, "consents", waiting)); d != "" {
		t.Errorf("what waits: want -, got +:\n%s", d)
	}
}

func TestHoldTakesNoTimeFromItsCaller(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := consent.Acceptance{Version: june, At: noon().AddDate(-1, 0, 0), Source: consent.SignUp}
	if err := w.Hold(t.Context(), username, a); err != nil {
		t.Fatal(err)
	}
	if got := w.rows(t, "consents", waiting)[0]; got["accepted_at"] != "2026-11-21T12:00:00.000Z" || got["analytics"] != nil {
		t.Errorf("what waits = %v, want the server's time and no cookies", got)
	}
}

func TestHoldAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		after    time.Duration
		version  string
		want, at string
	}{
		{name: "the same terms keep their first time", after: time.Second, version: june, want: june, at: "2026-11-21T12:00:00.000Z"},
		{name: "later terms replace", after: time.Hour, version: september, want: september, at: "2026-11-21T13:00:00.000Z"},
		{name: "earlier terms do not", after: time.Hour, version: "2026-01-01", want: june, at: "2026-11-21T12:00:00.000Z"},
		{name: "what has run out is replaced", after: 30 * 24 * time.Hour, version: "2026-01-01", want: "2026-01-01", at: "2026-12-21T12:00:00.000Z"},
		{name: "what runs out in a second is not", after: 30*24*time.Hour - time.Second, version: june, want: june, at: "2026-11-21T12:00:00.000Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.hold(t, june)
			w.forward(tt.after)
			w.hold(t, tt.version)
			got := w.rows(t, "consents", waiting)
			if len(got) != 1 || got[0]["tos_version"] != tt.want || got[0]["accepted_at"] != tt.at {
				t.Errorf("what waits = %v, want one acceptance of %s at %s", got, tt.want, tt.at)
			}
		})
	}
}

func TestPromote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hold(t, june)
	w.forward(time.Hour) // until the person has read the mail

	got, err := w.Promote(t.Context(), sub, username)
	if err != nil || got != june {
		t.Fatalf("Promote = %q, %v, want %s", got, err, june)
	}
	if d := cmp.Diff(evidence(), w.rows(t, "consents", sub)); d != "" {
		t.Errorf("evidence: want -, got +:\n%s", d)
	}
	if d := cmp.Diff([]row{{"tos_version": june, "tier": "free"}}, w.rows(t, "entitlements", sub)); d != "" {
		t.Errorf("row of entitlements: want -, got +:\n%s", d)
	}
	if left := w.rows(t, "consents", waiting); left != nil {
		t.Errorf("%v still waits", left)
	}
	if again, err := w.Promote(t.Context(), sub, username); err != nil || again != "" {
		t.Errorf("Promote again = %q, %v, want nothing to do", again, err)
	}
}

func TestPromoteWithoutCookies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.Hold(t.Context(), username, consent.Acceptance{Version: june, ClientID: "web", Source: consent.SignUp}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Promote(t.Context(), sub, username); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(evidence()[1:], w.rows(t, "consents", sub)); d != "" {
		t.Errorf("evidence of a person who was not asked about cookies: want -, got +:\n%s", d)
	}
}

// TestThreeAtOnce runs each step three times at once, as Cognito may.
func TestThreeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	three := func(run func() error) {
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if err := run(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
	three(func() error {
		w.forward(time.Second)
		return w.Hold(t.Context(), username, consent.Acceptance{Version: june, ClientID: "web", Source: consent.SignUp, Cookies: &consent.Cookies{}})
	})
	held := w.rows(t, "consents", waiting)
	if len(held) != 1 {
		t.Fatalf("%v waits, want one acceptance", held)
	}
	three(func() error {
		got, err := w.Promote(t.Context(), sub, username)
		if got != june && got != "" {
			t.Errorf("Promote = %q, want %s, or nothing after another run", got, june)
		}
		return err
	})
	rows := w.rows(t, "consents", sub)
	if len(rows) != 2 || rows[0]["accepted_at"] != held[0]["accepted_at"] || rows[1]["accepted_at"] != held[0]["accepted_at"] {
		t.Errorf("evidence %v, want one of the terms and one of the cookies, at %s", rows, held[0]["accepted_at"])
	}
	if d := cmp.Diff([]row{{"tos_version": june, "tier": "free"}}, w.rows(t, "entitlements", sub)); d != "" {
		t.Errorf("row of entitlements: want -, got +:\n%s", d)
	}
}

// TestPromoteTouchesNothingElse finds a row that others wrote.
func TestPromoteTouchesNothingElse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		before  map[string]string
		after   row
		version string
	}{
		{name: "a paying user stays one", before: map[string]string{"tier": "pro", "stripe_customer_id": "cus_1"}, after: row{"tier": "pro", "stripe_customer_id": "cus_1", "tos_version": june}, version: june},
		{name: "a row with a customer alone becomes a free user's", before: map[string]string{"stripe_customer_id": "cus_1"}, after: row{"tier": "free", "stripe_customer_id": "cus_1", "tos_version": june}, version: june},
		{name: "older terms give way", before: map[string]string{"tier": "team", "tos_version": "2025-01-01"}, after: row{"tier": "team", "tos_version": june}, version: june},
		{name: "the same terms stay", before: map[string]string{"tos_version": june}, after: row{"tos_version": june}, version: june},
		{name: "later terms stay", before: map[string]string{"tier": "pro", "tos_version": september}, after: row{"tier": "pro", "tos_version": september}, version: september},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.put(t, tt.before)
			w.hold(t, june)
			got, err := w.Promote(t.Context(), sub, username)
			if err != nil || got != tt.version {
				t.Errorf("Promote = %q, %v, want %s", got, err, tt.version)
			}
			if d := cmp.Diff([]row{tt.after}, w.rows(t, "entitlements", sub)); d != "" {
				t.Errorf("row of entitlements: want -, got +:\n%s", d)
			}
		})
	}
}

func TestRecordKeepsTheFirstEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := consent.Acceptance{Version: june, At: noon(), ClientID: "web", Source: consent.SignUp, Cookies: &consent.Cookies{Analytics: true}}
	later := a
	later.At, later.ClientID, later.Cookies = noon().Add(time.Hour), "mobile", nil
	for _, a := range []consent.Acceptance{a, later} {
		if got, err := w.Record(t.Context(), sub, a); err != nil || got != june {
			t.Fatalf("Record = %q, %v, want %s", got, err, june)
		}
	}
	if d := cmp.Diff(evidence(), w.rows(t, "consents", sub)); d != "" {
		t.Errorf("evidence: want -, got +:\n%s", d)
	}
}

func TestPromoteFindsNothing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		sub, username string
		after         time.Duration
		err           error
	}{
		{name: "of another user name", sub: sub, username: "name-2"},
		{name: "that has not run out", sub: sub, username: username, after: 30 * 24 * time.Hour},
		{name: "of nobody", sub: sub, username: ""},
		{name: "for nobody", sub: "", username: username, err: consent.ErrNoUser},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.hold(t, june)
			w.forward(tt.after)
			if got, err := w.Promote(t.Context(), tt.sub, tt.username); got != "" || !errors.Is(err, tt.err) {
				t.Errorf("Promote(%q, %q) = %q, %v, want nothing and %v", tt.sub, tt.username, got, err, tt.err)
			}
			if rows := append(w.rows(t, "entitlements", sub), w.rows(t, "consents", sub)...); rows != nil {
				t.Errorf("Promote(%q, %q) wrote %v", tt.sub, tt.username, rows)
			}
		})
	}
	if err := newWorld(t).Hold(t.Context(), "", consent.Acceptance{Version: june}); !errors.Is(err, consent.ErrNoUser) {
		t.Errorf("Hold for nobody = %v, want ErrNoUser", err)
	}
}

// TestTroubleLosesNothing fails each call in turn. The run says so, opens no gate
// without its evidence, and the next run makes good.
func TestTroubleLosesNothing(t *testing.T) {
	t.Parallel()
	for _, tr := range []struct {
		op    string
		after int64
	}{{"GetItem", 0}, {"PutItem", 0}, {"PutItem", 1}, {"UpdateItem", 0}, {"DeleteItem", 0}} {
		t.Run(fmt.Sprintf("%s after %d", tr.op, tr.after), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.hold(t, june)
			s := w.Store
			s.DB = troubled{w.db.Client, tr.op, tr.after, new(atomic.Int64)}
			got, err := s.Promote(t.Context(), sub, username)
			if got != "" || !errors.Is(err, consent.ErrUnavailable) || !errors.Is(err, errThrottled) {
				t.Errorf("Promote = %q, %v, want ErrUnavailable and its cause", got, err)
			}
			if gate := w.rows(t, "entitlements", sub); gate != nil && len(w.rows(t, "consents", sub)) != 2 {
				t.Errorf("the gate is open (%v) without the evidence", gate)
			}
			w.forward(time.Minute)
			if got, err := w.Promote(t.Context(), sub, username); err != nil || got != june {
				t.Errorf("the next Promote = %q, %v, want %s", got, err, june)
			}
			if d := cmp.Diff(evidence(), w.rows(t, "consents", sub)); d != "" {
				t.Errorf("evidence: want -, got +:\n%s", d)
			}
		})
	}
}

func TestHoldFailsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.Store
	s.DB = troubled{w.db.Client, "PutItem", 0, new(atomic.Int64)}
	err := s.Hold(t.Context(), "ada@example.com", consent.Acceptance{Version: june})
	if !errors.Is(err, consent.ErrUnavailable) || !errors.Is(err, errThrottled) {
		t.Errorf("Hold = %v, want ErrUnavailable and its cause", err)
	}
	if strings.Contains(err.Error(), "ada") {
		t.Errorf("Hold's error %q names the person", err)
	}
}

// TestPromoteRefusesWhatItCannotRead finds an item of another form.
func TestPromoteRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "latest"} {
		w := newWorld(t)
		if err := w.Hold(t.Context(), username, consent.Acceptance{Version: version}); err != nil {
			t.Fatal(err)
		}
		if got, err := w.Promote(t.Context(), sub, username); got != "" || !errors.Is(err, consent.ErrUnavailable) {
			t.Errorf("Promote of version %q = %q, %v, want ErrUnavailable", version, got, err)
		}
		if rows := w.rows(t, "entitlements", sub); rows != nil {
			t.Errorf("Promote of version %q opened the gate: %v", version, rows)
		}
	}
}
