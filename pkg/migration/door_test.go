package migration_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"log/slog"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabase"
	"callanalyst/pkg/migration/supabasetest"
)

// lee is the user of the old system.
func lee(change func(*supabasetest.User)) supabasetest.User {
	u := supabasetest.User{ID: "7d1c4f0e", Email: email, Password: password, Confirmed: past(), Name: "Lee Gacy"}
	if change != nil {
		change(&u)
	}
	return u
}

func attributes() map[string]string {
	return map[string]string{"email": email, "email_verified": "true", "name": "Lee Gacy"}
}

// TestSignIn is the decision table: who the old system is asked about, what it
// says, and what comes of it.
func TestSignIn(t *testing.T) {
	t.Parallel()
	const weak = "summer25"
	tests := []struct {
		name     string
		user     supabasetest.User
		row      *migration.Legacy // that a snapshot left
		fault    *supabasetest.Fault
		username string
		password string
		want     *migration.Newcomer
		err      error
		metric   string
		proved   bool // the claim is on record
	}{
		{name: "the old password", user: lee(nil), want: &migration.Newcomer{Attributes: attributes()}, metric: "LegacyMigrated", proved: true},
		{name: "an address typed another way", user: lee(nil), username: "  LEGACY@Example.COM ", want: &migration.Newcomer{Attributes: attributes()}, metric: "LegacyMigrated", proved: true},
		{name: "one whom the snapshot knows", user: lee(nil), row: &migration.Legacy{ID: "7d1c4f0e", Confirmed: true}, want: &migration.Newcomer{Attributes: attributes()}, metric: "LegacyMigrated", proved: true},
		{name: "a password too weak for the pool", user: lee(func(u *supabasetest.User) { u.Password = weak }), password: weak, want: &migration.Newcomer{Attributes: attributes(), Reset: true}, metric: "LegacyMigrated", proved: true},
		{name: "a password that Supabase calls weak", user: lee(func(u *supabasetest.User) { u.Weak = true }), want: &migration.Newcomer{Attributes: attributes(), Reset: true}, metric: "LegacyMigrated", proved: true},
		{name: "a wrong password", user: lee(nil), password: "Not-The-Passw0rd-1!", metric: "LegacyRefused"},
		{name: "nobody", user: lee(nil), username: "nobody@example.com", metric: "LegacyRefused"},
		{name: "one who came by Google", user: lee(func(u *supabasetest.User) { u.Password = "" }), metric: "LegacyRefused"},
		{name: "one who is banned", user: lee(func(u *supabasetest.User) { u.BannedUntil = now().Add(time.Hour) }), metric: "LegacyRefused"},
		{name: "one whose ban is over", user: lee(func(u *supabasetest.User) { u.BannedUntil = now().Add(-time.Hour) }), want: &migration.Newcomer{Attributes: attributes()}, metric: "LegacyMigrated", proved: true},
		{name: "one who never confirmed the address", user: lee(func(u *supabasetest.User) { u.Confirmed = time.Time{} }), err: migration.ErrUnconfirmed, metric: "LegacyRefused"},
		{name: "one who never confirmed, with a wrong password", user: lee(func(u *supabasetest.User) { u.Confirmed = time.Time{} }), password: "x", metric: "LegacyRefused"},
		{name: "an anonymous user", user: lee(func(u *supabasetest.User) { u.Anonymous = true }), metric: "LegacyRefused"},
		{name: "one who has come over before", user: lee(nil), row: &migration.Legacy{ID: "7d1c4f0e", Confirmed: true, Sub: "u-1"}, metric: "LegacyRefused"},
		{name: "the rate limit", user: lee(nil), fault: &supabasetest.Fault{Match: "token", Status: 429, Code: "over_request_rate_limit", Body: "{}"}, err: migration.ErrBusy, metric: "LegacyBusy"},
		{name: "an outage", user: lee(nil), fault: &supabasetest.Fault{Match: "token", Status: 500, Body: `{"code":500}`}, err: migration.ErrUnavailable, metric: "LegacyUnavailable"},
		{name: "a page of HTML", user: lee(nil), fault: &supabasetest.Fault{Match: "token", Status: 200, Body: "<html>Down for maintenance</html>"}, err: migration.ErrUnavailable, metric: "LegacyUnavailable"},
		{name: "an error page of HTML", user: lee(nil), fault: &supabasetest.Fault{Match: "token", Status: 400, Body: "<html>Bad request</html>"}, err: migration.ErrUnavailable, metric: "LegacyUnavailable"},
		{name: "a captcha", user: lee(nil), fault: &supabasetest.Fault{Match: "token", Status: 400, Code: "captcha_failed", Body: "{}"}, err: migration.ErrSetup, metric: "LegacySetup"},
		{name: "a key that is refused", user: lee(nil), fault: &supabasetest.Fault{Match: "token", Status: 401, Body: `{"message":"Invalid API key"}`}, err: migration.ErrSetup, metric: "LegacySetup"},
		{name: "a sign-out that fails", user: lee(nil), fault: &supabasetest.Fault{Match: "logout", Status: 500, Body: "{}"}, want: &migration.Newcomer{Attributes: attributes()}, metric: "LegacyMigrated", proved: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, supabasetest.Config{})
			w.old.AddUser(tt.user)
			if tt.row != nil {
				w.remember(t, email, *tt.row)
				if tt.row.Sub != "" {
					w.claim(t, tt.row.Sub)
				}
			}
			if tt.fault != nil {
				w.old.Inject(*tt.fault)
			}
			username, pw := or(tt.username, email), or(tt.password, password)

			got, err := w.door.SignIn(t.Context(), username, pw)

			if !errors.Is(err, tt.err) || (tt.err == nil) != (err == nil) {
				t.Errorf("SignIn(%q) error = %v, want %v", username, err, tt.err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("SignIn(%q): want -, got +:\n%s", username, d)
			}
			if !contains(w.log.String(), `"`+tt.metric+`":1`) {
				t.Errorf("log does not count %s:\n%s", tt.metric, w.log)
			}
			if id := w.row(t, email)["legacy_id"]; (id != "") != (tt.proved || tt.row != nil) {
				t.Errorf("the row's legacy id is %q, claim wanted: %t", id, tt.proved)
			}
			if n := w.old.Sessions(); n != 0 && tt.fault == nil {
				t.Errorf("%d sessions stay open in the old system", n)
			}
			w.log.silent(t)
		})
	}
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func (w *world) claim(t *testing.T, sub string) {
	t.Helper()
	if _, ok, err := w.rows.Claim(t.Context(), email, sub); err != nil || !ok {
		t.Fatalf("Claim = %t, %v", ok, err)
	}
}

// pretender answers every sign-in with the user it is.
type pretender supabase.User

func (p pretender) SignIn(context.Context, string, string) (supabase.Session, error) {
	return supabase.Session{Token: "eyJ", User: supabase.User(p)}, nil
}

func (pretender) SignOut(context.Context, string) error { return nil }

// TestTheOldSystemIsNotBelievedBlindly lets it open sessions that it should not.
func TestTheOldSystemIsNotBelievedBlindly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	for name, u := range map[string]supabase.User{
		"another address":                     {ID: "1", Email: "other@example.com", EmailConfirmed: past()},
		"no address":                          {ID: "1", EmailConfirmed: past()},
		"an address that begins like it":      {ID: "1", Email: email + ".org", EmailConfirmed: past()},
		"an address never confirmed":          {ID: "1", Email: email},
		"an anonymous user":                   {ID: "1", Email: email, EmailConfirmed: past(), Anonymous: true},
		"a banned user who was let in anyhow": {ID: "1", Email: email, EmailConfirmed: past(), BannedUntil: now().Add(time.Hour)},
	} {
		w.door.Supabase = pretender(u)
		if got, err := w.door.SignIn(t.Context(), email, password); got != nil || err != nil {
			t.Errorf("a session of %s = %+v, %v, want a wrong password", name, got, err)
		}
	}
	if row := w.row(t, email); len(row) > 0 {
		t.Errorf("legacy_users holds %v, want nothing", row)
	}
}

// TestNobodyIsAskedAboutWhatIsNoAddress keeps user names away from Supabase.
func TestNobodyIsAskedAboutWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	for _, username := range []string{"", "lee", "0b9f6a1e-58c7-4d23-9e40-7a1c2b3d4e5f", "Lee <legacy@example.com>", "a@b@c", "legacy@example.com\x00", "a b@example.com"} {
		if got, err := w.door.SignIn(t.Context(), username, password); got != nil || err != nil {
			t.Errorf("SignIn(%q) = %+v, %v, want nobody", username, got, err)
		}
		if got, err := w.door.Forgotten(t.Context(), username); got != nil || err != nil {
			t.Errorf("Forgotten(%q) = %+v, %v, want nobody", username, got, err)
		}
	}
	if got, err := w.door.SignIn(t.Context(), email, ""); got != nil || err != nil {
		t.Errorf("SignIn without a password = %+v, %v, want nobody", got, err)
	}
	if calls := w.old.Calls(); len(calls) > 0 {
		t.Errorf("Supabase was asked %v", calls)
	}
}

// broken is a table that fails from the n-th call on.
type broken struct {
	migration.Rows
	get, prove error
}

func (b broken) Get(ctx context.Context, address string) (migration.Legacy, error) {
	if b.get != nil {
		return migration.Legacy{}, b.get
	}
	return b.Rows.Get(ctx, address)
}

func (b broken) Prove(ctx context.Context, address string, l migration.Legacy) error {
	if b.prove != nil {
		return b.prove
	}
	return b.Rows.Prove(ctx, address, l)
}

// TestWithoutTheClaimNobodyIsCreated takes our own table away.
func TestWithoutTheClaimNobodyIsCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.old.AddUser(lee(nil))
	for name, rows := range map[string]broken{
		"unreadable": {Rows: w.rows, get: errors.New("throttled")},
		"unwritable": {Rows: w.rows, prove: errors.New("throttled")},
	} {
		w.door.Rows = rows
		if got, err := w.door.SignIn(t.Context(), email, password); got != nil || !errors.Is(err, migration.ErrUnavailable) {
			t.Errorf("SignIn with an %s table = %+v, %v, want ErrUnavailable", name, got, err)
		}
	}
	w.door.Rows = broken{Rows: w.rows, get: errors.New("throttled")}
	if got, err := w.door.Forgotten(t.Context(), email); got != nil || !errors.Is(err, migration.ErrUnavailable) {
		t.Errorf("Forgotten with an unreadable table = %+v, %v, want ErrUnavailable", got, err)
	}
	w.door.Rows = broken{Rows: w.rows, prove: migration.ErrClaimed}
	if got, err := w.door.SignIn(t.Context(), email, password); got != nil || err != nil {
		t.Errorf("SignIn of one who was claimed meanwhile = %+v, %v, want a wrong password", got, err)
	}
}

// TestThreeSignInsAtOnce runs the trigger as Cognito does when an answer is late.
func TestThreeSignInsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, supabasetest.Config{})
	w.old.AddUser(lee(nil))
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if got, err := w.door.SignIn(t.Context(), email, password); got == nil || err != nil {
				t.Errorf("SignIn = %+v, %v, want the user", got, err)
			}
		})
	}
	wg.Wait()
	if n := w.old.Sessions(); n != 0 {
		t.Errorf("%d sessions stay open", n)
	}
}

// sleeper is a Supabase that answers after a time.
type sleeper time.Duration

func (s sleeper) SignIn(ctx context.Context, _, _ string) (supabase.Session, error) {
	select {
	case <-time.After(time.Duration(s)):
		return supabase.Session{Token: "eyJ", User: supabase.User{ID: "1", Email: email, EmailConfirmed: past()}}, nil
	case <-ctx.Done():
		return supabase.Session{}, supabase.ErrUnavailable
	}
}

func (s sleeper) SignOut(ctx context.Context, _ string) error {
	select {
	case <-time.After(time.Duration(s)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// nowhere is a table of nobody.
type nowhere struct{}

func (nowhere) Get(context.Context, string) (migration.Legacy, error) { return migration.Legacy{}, nil }
func (nowhere) Prove(context.Context, string, migration.Legacy) error { return nil }

// TestAnAnswerOfSixSeconds has to be given up before Cognito gives us up.
func TestAnAnswerOfSixSeconds(t *testing.T) {
	t.Parallel()
	for late, want := range map[time.Duration]error{6 * time.Second: migration.ErrUnavailable, 2 * time.Second: nil} {
		synctest.Test(t, func(t *testing.T) {
			d := &migration.Door{Supabase: sleeper(late), Rows: nowhere{}, Log: slog.New(slog.DiscardHandler), Now: time.Now}
			start := time.Now()
			got, err := d.SignIn(t.Context(), email, password)
			if !errors.Is(err, want) || (got != nil) != (want == nil) {
				t.Errorf("after %s: SignIn = %+v, %v, want %v", late, got, err, want)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("after %s: SignIn took %s, want 3s at most", late, took)
			}
		})
	}
}

func TestForgotten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		row  *migration.Legacy
		sub  string
		want bool
	}{
		{name: "a user not yet migrated", row: &migration.Legacy{ID: "1", Name: "Lee Gacy", Confirmed: true}, want: true},
		{name: "nobody"},
		{name: "one who never confirmed the address", row: &migration.Legacy{ID: "1", Name: "Lee Gacy"}},
		{name: "one who is banned", row: &migration.Legacy{ID: "1", Name: "Lee Gacy", Confirmed: true, BannedUntil: now().Add(time.Hour)}},
		{name: "one whose ban is over", row: &migration.Legacy{ID: "1", Name: "Lee Gacy", Confirmed: true, BannedUntil: now().Add(-time.Hour)}, want: true},
		{name: "one who has come over before", row: &migration.Legacy{ID: "1", Name: "Lee Gacy", Confirmed: true}, sub: "u-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, supabasetest.Config{})
			if tt.row != nil {
				w.remember(t, email, *tt.row)
			}
			if tt.sub != "" {
				w.claim(t, tt.sub)
			}
			got, err := w.door.Forgotten(t.Context(), "Legacy@example.com")
			if err != nil {
				t.Fatal(err)
			}
			var want *migration.Newcomer
			if tt.want {
				want = &migration.Newcomer{Attributes: attributes()}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("Forgotten: want -, got +:\n%s", d)
			}
			if calls := w.old.Calls(); len(calls) > 0 {
				t.Errorf("Supabase was asked %v", calls)
			}
			w.log.silent(t)
		})
	}
}

func TestStrong(t *testing.T) {
	t.Parallel()
	for pw, want := range map[string]bool{
		password: true, "Aa1!Aa1!Aa1!": true, "Aa1 Aa1 Aa1 x": true,
		"Aa1!Aa1!Aa1": false, "aa1!aa1!aa1!": false, "AA1!AA1!AA1!": false, "Aaa!Aaa!Aaa!": false, "Aa1xAa1xAa1x": false,
		" Aa1!Aa1!Aa1!": false, "Aa1!Aa1!Aa1! ": false, "": false, "Ää1!Ää1!Ää1!": false,
	} {
		if got := migration.Strong(pw); got != want {
			t.Errorf("Strong(%q) = %t, want %t", pw, got, want)
		}
	}
}
