package googletest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/calendar/googletest"
)

const (
	scope    = "https://www.googleapis.com/auth/calendar.events.readonly"
	redirect = "https://app.example/callback"
	ada      = "ada@gmail.example"
)

// site is a Google that a test reaches by HTTP.
type site struct {
	t   *testing.T
	s   *googletest.Server
	web *httptest.Server
	now time.Time
}

func open(t *testing.T) *site {
	t.Helper()
	x := &site{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	x.s = googletest.New(googletest.Config{Now: func() time.Time { return x.now }, Redirects: []string{redirect}})
	x.web = httptest.NewServer(x.s)
	t.Cleanup(x.web.Close)
	return x
}

// client follows no redirect.
func (x *site) client() *http.Client {
	c := *x.web.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// read makes a request and returns the answer's status and text.
func (x *site) read(method, path string, form url.Values) (int, string, http.Header) {
	x.t.Helper()
	req, err := http.NewRequestWithContext(x.t.Context(), method, x.web.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		x.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := x.client().Do(req)
	if err != nil {
		x.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		x.t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

// asks is what a good client sends to the consent page, but for changes: pairs of
// a name and a value, "" to leave it out.
func asks(changes ...string) url.Values {
	q := url.Values{
		"client_id": {googletest.TestClientID}, "redirect_uri": {redirect}, "response_type": {"code"}, "state": {"s1"},
		"scope": {"openid email " + scope}, "access_type": {"offline"}, "prompt": {"consent"},
	}
	for i := 0; i+1 < len(changes); i += 2 {
		q.Del(changes[i])
		if changes[i+1] != "" {
			q.Set(changes[i], changes[i+1])
		}
	}
	return q
}

// code consents and returns the code.
func (x *site) code(q url.Values, d googletest.Decision) string {
	x.t.Helper()
	back, err := googletest.Decide(x.web.Client(), x.web.URL+"/o/oauth2/v2/auth?"+q.Encode(), d)
	if err != nil {
		x.t.Fatal(err)
	}
	return back.Query().Get("code")
}

// trades redeems a code or refreshes a token.
func (x *site) trades(changes ...string) (int, map[string]any) {
	x.t.Helper()
	form := url.Values{"client_id": {googletest.TestClientID}, "client_secret": {googletest.TestClientSecret}, "redirect_uri": {redirect}, "grant_type": {"authorization_code"}}
	for i := 0; i+1 < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	status, text, _ := x.read(http.MethodPost, "/token", form)
	out := map[string]any{}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		x.t.Fatalf("the token endpoint answered %d %s", status, text)
	}
	return status, out
}

// TestARefreshTokenComesWithConsentAlone: whoever asks wrongly gets none, and
// finds out an hour later.
func TestARefreshTokenComesWithConsentAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before bool // the account has consented already
		ask    []string
		want   bool
	}{
		{"offline, for the first time", false, []string{"prompt", ""}, true},
		{"offline, again", true, []string{"prompt", ""}, false},
		{"offline, again, with consent", true, nil, true},
		{"online", false, []string{"access_type", ""}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			if tt.before {
				x.s.Consent(ada, scope)
			}
			_, out := x.trades("code", x.code(asks(tt.ask...), googletest.Decision{Email: ada}))
			if _, got := out["refresh_token"]; got != tt.want || out["access_token"] == nil || out["expires_in"] != 3599.0 {
				t.Errorf("the answer is %v, want a refresh token: %t", slices.Collect(keysOf(out)), tt.want)
			}
		})
	}
}

func keysOf(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestTheTokenEndpointRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change []string
		status int
		code   string
	}{
		{"another client", []string{"client_id", "x"}, 401, "invalid_client"},
		{"another secret", []string{"client_secret", "x"}, 401, "invalid_client"},
		{"another redirect", []string{"redirect_uri", "https://evil.example"}, 400, "redirect_uri_mismatch"},
		{"another code", []string{"code", "4/0Ax"}, 400, "invalid_grant"},
		{"another kind of grant", []string{"grant_type", "password"}, 400, "unsupported_grant_type"},
		{"a refresh token that is none", []string{"grant_type", "refresh_token", "refresh_token", "1//0x"}, 400, "invalid_grant"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			code := x.code(asks(), googletest.Decision{Email: ada})
			status, out := x.trades(append([]string{"code", code}, tt.change...)...)
			if status != tt.status || out["error"] != tt.code {
				t.Errorf("answered %d %v, want %d %s", status, out, tt.status, tt.code)
			}
			if status, out := x.trades("code", code); status != http.StatusOK {
				t.Errorf("the code is used up by it: %d %v", status, out)
			}
		})
	}
}

// TestTheConsentPageSendsNobodyElsewhere: a request that is not the client's own
// ends on a page of Google's.
func TestTheConsentPageSendsNobodyElsewhere(t *testing.T) {
	t.Parallel()
	for _, change := range [][]string{
		{"client_id", "x"}, {"redirect_uri", "https://evil.example"}, {"response_type", "token"}, {"scope", ""}, {"code_challenge", "c", "code_challenge_method", "plain"},
	} {
		x := open(t)
		q := asks(change...)
		status, text, _ := x.read(http.MethodGet, "/o/oauth2/v2/auth?"+q.Encode(), nil)
		if status != http.StatusBadRequest || !strings.Contains(text, "Access blocked") {
			t.Errorf("with %v the page answers %d", change, status)
		}
		status, _, h := x.read(http.MethodPost, "/o/oauth2/v2/auth", url.Values{"request": {q.Encode()}, "email": {ada}, "do": {"allow"}})
		if status != http.StatusBadRequest || h.Get("Location") != "" {
			t.Errorf("with %v the form leads to %d %s", change, status, h.Get("Location"))
		}
	}
}

func TestThePageAsksForEachScope(t *testing.T) {
	t.Parallel()
	x := open(t)
	status, text, _ := x.read(http.MethodGet, "/o/oauth2/v2/auth?"+asks("login_hint", ada).Encode(), nil)
	for _, want := range []string{
		`name="scope" value="` + scope + `" checked>`, `value="openid" checked disabled>`, "View events on all your calendars", `value="` + ada + `"`,
	} {
		if status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("the page (%d) lacks %s", status, want)
		}
	}
	status, text, _ = x.read(http.MethodPost, "/o/oauth2/v2/auth", url.Values{"request": {asks().Encode()}, "email": {"nobody"}, "do": {"allow"}})
	if status != http.StatusBadRequest || !strings.Contains(text, `role="alert"`) {
		t.Errorf("without an account the page answers %d", status)
	}
}

// TestScopesAddUp: Google adds what the account granted before.
func TestScopesAddUp(t *testing.T) {
	t.Parallel()
	x := open(t)
	_, out := x.trades("code", x.code(asks(), googletest.Decision{Email: ada, Untick: []string{scope}}))
	if out["scope"] != "openid email" {
		t.Errorf("without the tick the scopes are %v", out["scope"])
	}
	x.trades("code", x.code(asks(), googletest.Decision{Email: ada}))
	_, out = x.trades("code", x.code(asks(), googletest.Decision{Email: ada, Untick: []string{scope}}))
	if out["scope"] != "openid email "+scope {
		t.Errorf("the third time the scopes are %v, want those of before", out["scope"])
	}
}

func TestAccessEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(x *site, access, refresh string)
		left bool // the refresh token works
	}{
		{"after an hour", func(x *site, _, _ string) { x.now = x.now.Add(3599 * time.Second) }, true},
		{"when the access token is revoked", func(x *site, access, _ string) { x.read(http.MethodPost, "/revoke", url.Values{"token": {access}}) }, false},
		{"when the refresh token is revoked", func(x *site, _, refresh string) { x.read(http.MethodPost, "/revoke", url.Values{"token": {refresh}}) }, false},
		{"when the person says so", func(x *site, _, _ string) { x.s.EndAccess(ada) }, false},
		{"on the calendar's page", func(x *site, _, _ string) {
			x.read(http.MethodPost, "/_calendar", url.Values{"email": {ada}, "do": {"end-access"}})
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := open(t)
			_, out := x.trades("code", x.code(asks(), googletest.Decision{Email: ada}))
			access, refresh := fmt.Sprint(out["access_token"]), fmt.Sprint(out["refresh_token"])
			if who, scopes, ok := x.s.Who(access); !ok || who != ada || !slices.Contains(scopes, scope) {
				t.Errorf("at first the token is %s's for %v: %t", who, scopes, ok)
			}
			tt.end(x, access, refresh)
			if _, _, ok := x.s.Who(access); ok {
				t.Error("the access token still works")
			}
			status, out := x.trades("grant_type", "refresh_token", "refresh_token", refresh)
			if (status == http.StatusOK) != tt.left || !tt.left && out["error"] != "invalid_grant" {
				t.Errorf("the refresh token: %d %v, want it to work: %t", status, out, tt.left)
			}
			if _, again := out["refresh_token"]; again {
				t.Error("a refresh gives no other refresh token")
			}
		})
	}
}

func TestTheOldestOfManyGrantsEnds(t *testing.T) {
	t.Parallel()
	x := open(t)
	var first string
	for i := range 101 {
		_, out := x.trades("code", x.code(asks(), googletest.Decision{Email: ada}))
		if i == 0 {
			first = fmt.Sprint(out["refresh_token"])
		}
	}
	if status, out := x.trades("grant_type", "refresh_token", "refresh_token", first); out["error"] != "invalid_grant" {
		t.Errorf("the first of 101 refresh tokens: %d %v, want it to have ended", status, out)
	}
}

func TestAGoogleIsKept(t *testing.T) {
	t.Parallel()
	x := open(t)
	refresh := x.s.Consent(ada, scope)
	series := x.s.Calendars.Add(ada, googletest.Meeting{Title: "Daily", Start: x.now.Add(time.Hour), Every: 24 * time.Hour, Times: 3})
	if err := x.s.Calendars.Move(x.s.Calendars.List(ada, x.now, x.now.Add(72*time.Hour))[1].ID, x.now.Add(30*time.Hour)); err != nil {
		t.Fatal(err)
	}
	text, err := x.s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	y := open(t)
	if err := y.s.Restore(text); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(x.s.Calendars.List(ada, x.now, x.now.Add(96*time.Hour)), y.s.Calendars.List(ada, x.now, x.now.Add(96*time.Hour))); diff != "" {
		t.Errorf("the calendar differs (-before +after):\n%s", diff)
	}
	if status, out := y.trades("grant_type", "refresh_token", "refresh_token", refresh); status != http.StatusOK {
		t.Errorf("the refresh token: %d %v", status, out)
	}
	if id := y.s.Calendars.Add(ada, googletest.Meeting{Title: "New", Start: x.now}); id == series {
		t.Errorf("a new meeting got the id %s, which is taken", id)
	}
	if err := y.s.Restore([]byte("{")); err == nil {
		t.Error("half a snapshot is restored")
	}
}
