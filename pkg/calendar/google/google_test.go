package google_test

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
)

const (
	callback = "https://callanalyst.app/api/calendar/oauth-callback"
	verifier = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
	ada      = "ada@gmail.example"
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

// google opens a Google, and our way to it.
func open(t *testing.T, c googletest.Config) (*googletest.Server, *google.OAuth, *clock) {
	t.Helper()
	k := &clock{time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	c.Now = k.now
	s := googletest.New(c)
	web := httptest.NewServer(s)
	t.Cleanup(web.Close)
	return s, &google.OAuth{
		AuthBase: web.URL, TokenBase: web.URL, RedirectURL: callback, HTTP: web.Client(), Now: k.now,
		Keys: keys(google.Secret{ClientID: googletest.TestClientID, ClientSecret: googletest.TestClientSecret}),
	}, k
}

func keys(s google.Secret) google.Keys {
	return func(ctx context.Context, fn func(context.Context, google.Secret) error) error { return fn(ctx, s) }
}

// consent goes to Google as a browser and returns what it comes back with.
func consent(t *testing.T, o *google.OAuth, d googletest.Decision) url.Values {
	t.Helper()
	address, err := o.ConsentURL(t.Context(), "state-1", verifier)
	if err != nil {
		t.Fatal(err)
	}
	back, err := googletest.Decide(o.HTTP, address, d)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(back.String(), callback+"?") || back.Query().Get("state") != "state-1" {
		t.Errorf("Google sends the browser to %s, want the callback with its state", back)
	}
	return back.Query()
}

func TestConsentBecomesAGrant(t *testing.T) {
	t.Parallel()
	_, o, k := open(t, googletest.Config{Redirects: []string{callback}})
	q := consent(t, o, googletest.Decision{Email: ada})
	g, err := o.Exchange(t.Context(), q.Get("code"), verifier)
	if err != nil {
		t.Fatal(err)
	}
	if g.Email != ada || g.Account == "" || !g.Scoped || g.Refresh == "" || g.Access == "" || !g.Until.Equal(k.at.Add(3599*time.Second)) {
		t.Errorf("the grant is of %q (%q), scoped %t, until %v", g.Email, g.Account, g.Scoped, g.Until)
	}
	access, until, err := o.Refresh(t.Context(), g.Refresh)
	if err != nil || access == g.Access || until.Before(k.at.Add(time.Hour-time.Minute)) {
		t.Errorf("Refresh: until %v, %v; want another token for an hour", until, err)
	}
}

func TestTheConsentPageIsAskedForWhatWeNeed(t *testing.T) {
	t.Parallel()
	_, o, _ := open(t, googletest.Config{})
	address, err := o.ConsentURL(t.Context(), "state-1", verifier)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"access_type": "offline", "prompt": "consent", "code_challenge_method": "S256", "response_type": "code", "include_granted_scopes": "true",
		"redirect_uri": callback, "scope": "openid email " + google.Scope,
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if strings.Contains(address, verifier) || u.Query().Get("code_challenge") == "" {
		t.Errorf("the address must hold the verifier's challenge alone: %s", address)
	}
}

func TestConsentsThatGiveLess(t *testing.T) {
	t.Parallel()
	_, o, _ := open(t, googletest.Config{})
	if q := consent(t, o, googletest.Decision{Email: ada, Deny: true}); q.Get("error") != "access_denied" || q.Has("code") {
		t.Errorf("after a no the browser brings %v", q)
	}
	q := consent(t, o, googletest.Decision{Email: ada, Untick: []string{google.Scope}})
	g, err := o.Exchange(t.Context(), q.Get("code"), verifier)
	if err != nil || g.Scoped {
		t.Errorf("without the tick: scoped %t, %v; want a grant without the calendar", g.Scoped, err)
	}
}

func TestACodeIsGoodForOneExchange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		verifier string
		wait     time.Duration
		before   func(*google.OAuth, string) // has the code
	}{
		{name: "another verifier", verifier: strings.Repeat("w", 43)},
		{name: "no verifier", verifier: ""},
		{name: "eleven minutes later", verifier: verifier, wait: 11 * time.Minute},
		{name: "a second time", verifier: verifier, before: func(o *google.OAuth, code string) {
			if _, err := o.Exchange(context.Background(), code, verifier); err != nil {
				t.Error(err)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, o, k := open(t, googletest.Config{})
			code := consent(t, o, googletest.Decision{Email: ada}).Get("code")
			if tt.before != nil {
				tt.before(o, code)
			}
			had := len(s.Granted())
			k.at = k.at.Add(tt.wait)
			if _, err := o.Exchange(t.Context(), code, tt.verifier); !errors.Is(err, calendar.ErrCode) || len(s.Granted()) != had {
				t.Errorf("Exchange: %v and %d grants, want ErrCode and none more", err, len(s.Granted()))
			}
		})
	}
}

// TestWhatGoogleSaysOfARefresh crosses Google's answers with what must follow.
func TestWhatGoogleSaysOfARefresh(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  googletest.Fault
		want   error
		reject bool // the secret may be an old one
	}{
		{"the grant has ended", googletest.Fault{Status: 400, Body: `{"error":"invalid_grant","error_description":"secret words"}`}, calendar.ErrRevoked, false},
		{"the client is not known", googletest.Fault{Status: 401, Body: `{"error":"invalid_client"}`}, calendar.ErrClient, true},
		{"the client may not", googletest.Fault{Status: 400, Body: `{"error":"unauthorized_client"}`}, calendar.ErrClient, true},
		{"Google is down", googletest.Fault{Status: 503}, calendar.ErrGoogle, false},
		{"Google is down and says so in JSON", googletest.Fault{Status: 500, Body: `{"error":"internal_failure","error_description":"secret words"}`}, calendar.ErrGoogle, false},
		{"Google hangs up", googletest.Fault{}, calendar.ErrGoogle, false},
		{"too much was asked", googletest.Fault{Status: 429, Body: `{"error":"rate_limit_exceeded"}`}, calendar.ErrGoogle, false},
		{"an answer that is none", googletest.Fault{Status: 200, Body: `not JSON`}, calendar.ErrGoogle, false},
		{"an answer without a token", googletest.Fault{Status: 200, Body: `{}`}, calendar.ErrGoogle, false},
		{"a revoked grant that is not one", googletest.Fault{Status: 500, Body: `{"error":"invalid_grant"}`}, calendar.ErrGoogle, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, o, _ := open(t, googletest.Config{})
			refresh := s.Consent(ada, google.Scope)
			tt.fault.Match = "POST /token"
			s.Break(tt.fault)
			_, _, err := o.Refresh(t.Context(), refresh)
			if !errors.Is(err, tt.want) || errors.Is(err, boot.ErrRejected) != tt.reject {
				t.Errorf("Refresh: %v, want %v, rejected: %t", err, tt.want, tt.reject)
			}
			if strings.Contains(err.Error(), "secret words") || strings.Contains(err.Error(), refresh) {
				t.Errorf("the error says more than it should: %v", err)
			}
		})
	}
}

func TestARotatedSecretIsFetchedAnew(t *testing.T) {
	t.Parallel()
	s, o, _ := open(t, googletest.Config{})
	refresh, tries := s.Consent(ada, google.Scope), 0
	o.Keys = func(ctx context.Context, fn func(context.Context, google.Secret) error) error {
		old := fn(ctx, google.Secret{ClientID: googletest.TestClientID, ClientSecret: "old"})
		if tries++; !errors.Is(old, boot.ErrRejected) {
			t.Errorf("an old secret gives %v, want ErrRejected", old)
		}
		return fn(ctx, google.Secret{ClientID: googletest.TestClientID, ClientSecret: googletest.TestClientSecret})
	}
	if _, _, err := o.Refresh(t.Context(), refresh); err != nil || tries != 1 {
		t.Errorf("Refresh: %v, want a token by the new secret", err)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	s, o, _ := open(t, googletest.Config{})
	refresh := s.Consent(ada, google.Scope)
	for n := range 2 {
		if err := o.Revoke(t.Context(), refresh); err != nil || len(s.Granted()) != 0 {
			t.Errorf("call %d: %v, granted are %v", n+1, err, s.Granted())
		}
	}
	if _, _, err := o.Refresh(t.Context(), refresh); !errors.Is(err, calendar.ErrRevoked) {
		t.Errorf("a revoked token gives %v, want ErrRevoked", err)
	}
	for _, f := range []googletest.Fault{{Status: 503}, {Status: 400, Body: `{"error":"invalid_request"}`}, {}} {
		s.Calm()
		f.Match = "POST /revoke"
		s.Break(f)
		if err := o.Revoke(t.Context(), refresh); !errors.Is(err, calendar.ErrGoogle) {
			t.Errorf("with %+v: %v, want ErrGoogle", f, err)
		}
	}
}

// safe is a vault and a store that a test looks into.
type safe struct {
	opens, seals int
	kept         []byte
	keepErr      error
	openErr      map[calendar.Purpose]error
}

func (s *safe) Seal(_ context.Context, sub string, p calendar.Purpose, token string) ([]byte, error) {
	s.seals++
	return []byte(sub + "|" + string(p) + "|" + token), nil
}

func (s *safe) Open(_ context.Context, sub string, p calendar.Purpose, sealed []byte) (string, error) {
	s.opens++
	if err := s.openErr[p]; err != nil {
		return "", err
	}
	token, ok := strings.CutPrefix(string(sealed), sub+"|"+string(p)+"|")
	if !ok {
		return "", calendar.ErrSealed
	}
	return token, nil
}

func (s *safe) KeepAccess(_ context.Context, _ calendar.Connection, sealed []byte, _ time.Time) error {
	s.kept = sealed
	return s.keepErr
}

func TestTokensAreKeptForAnHour(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	tests := []struct {
		name    string
		left    time.Duration // of the kept token
		safe    safe
		access  string // the kept token, sealed; "" for none
		asked   int    // Google
		wantErr error
	}{
		{name: "none is kept", asked: 1},
		{name: "the kept one is good", left: time.Hour, access: "u1|google-access-token|ya29.old"},
		{name: "the kept one ends before the poll does", left: time.Minute, access: "u1|google-access-token|ya29.old", asked: 1},
		{name: "the kept one is another user's", left: time.Hour, access: "u2|google-access-token|ya29.old", asked: 1},
		{name: "a refresh token in the place of the access token", left: time.Hour, access: "u1|google-refresh-token|1//0", asked: 1},
		{name: "KMS is down", left: time.Hour, access: "u1|google-access-token|ya29.old", safe: safe{openErr: map[calendar.Purpose]error{calendar.AccessToken: down}}, wantErr: down},
		{name: "KMS is down for the refresh token", safe: safe{openErr: map[calendar.Purpose]error{calendar.RefreshToken: down}}, wantErr: down},
		{name: "a refresh token that does not open", safe: safe{openErr: map[calendar.Purpose]error{calendar.RefreshToken: calendar.ErrSealed}}, wantErr: calendar.ErrRevoked},
		{name: "the table is down: the token is good all the same", safe: safe{keepErr: calendar.ErrStore}, asked: 1},
		{name: "the user has connected again", safe: safe{keepErr: calendar.ErrChanged}, asked: 1, wantErr: calendar.ErrChanged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, o, k := open(t, googletest.Config{})
			box := tt.safe
			tokens := google.Tokens{OAuth: o, Vault: &box, Store: &box, Log: slog.New(slog.DiscardHandler), Now: k.now}
			c := calendar.Connection{Sub: "u1", Refresh: []byte("u1|google-refresh-token|" + s.Consent(ada, google.Scope)), Access: []byte(tt.access), AccessUntil: k.at.Add(tt.left)}
			access, err := tokens.Token(t.Context(), c)
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("Token: %v, want %v", err, tt.wantErr)
			}
			if n := len(s.Calls()); n != tt.asked {
				t.Errorf("Google was asked %d times, want %d", n, tt.asked)
			}
			if err == nil && tt.asked == 1 && string(box.kept) != "u1|google-access-token|"+access {
				t.Errorf("kept is %q, want the new token, sealed", box.kept)
			}
			if err == nil && tt.asked == 0 && access != "ya29.old" {
				t.Errorf("the token is %q, want the kept one", access)
			}
		})
	}
}

func TestARefusedTokenIsRenewed(t *testing.T) {
	t.Parallel()
	s, o, k := open(t, googletest.Config{})
	box := &safe{}
	tokens := google.Tokens{OAuth: o, Vault: box, Store: box, Log: slog.New(slog.DiscardHandler), Now: k.now}
	c := calendar.Connection{Sub: "u1", Refresh: []byte("u1|google-refresh-token|" + s.Consent(ada, google.Scope)), Access: []byte("u1|google-access-token|ya29.old"), AccessUntil: k.at.Add(time.Hour)}
	access, err := tokens.Renew(t.Context(), c)
	if who, _, ok := s.Who(access); err != nil || !ok || who != ada {
		t.Errorf("Renew: %v, and Google knows the token as %q's: %t", err, who, ok)
	}
}

// TestOddIDTokens: the e-mail is shown to the user and decides nothing, so odd
// ones are no e-mail.
func TestOddIDTokens(t *testing.T) {
	t.Parallel()
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, id := range []string{"", "a.b", "a.b.c", "a." + part("not JSON") + ".c", "a." + part(`{"email":7}`) + ".c", "a." + part(`[]`) + ".c"} {
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"access_token":"a","refresh_token":"r","expires_in":3599,"scope":"` + google.Scope + `","id_token":"` + id + `"}`))
		}))
		o := &google.OAuth{TokenBase: web.URL, HTTP: web.Client(), Keys: keys(google.Secret{}), Now: time.Now}
		g, err := o.Exchange(t.Context(), "code", verifier)
		web.Close()
		if err != nil || g.Email != "" || g.Account != "" || !g.Scoped || g.Refresh != "r" {
			t.Errorf("with the ID token %q: %+v, %v; want a grant of nobody", id, g, err)
		}
	}
}
