package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/rest"
)

// ends is a finisher with one answer, that keeps what it was given.
type ends struct {
	err error
	got calendar.Return
}

func (e *ends) Finish(_ context.Context, r calendar.Return) error {
	e.got = r
	return e.err
}

// come takes a browser to the callback.
func come(t *testing.T, e *ends, query map[string][]string, cookie string) (rest.Answer, string) {
	t.Helper()
	event, err := json.Marshal(map[string]any{
		"httpMethod": "GET", "path": "/api/calendar/oauth-callback", "multiValueQueryStringParameters": query,
		"multiValueHeaders": map[string][]string{"Cookie": {cookie}, "Host": {"evil.example"}, "X-Forwarded-Host": {"evil.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	out, err := rest.Serve(logger, handler(e, "https://callanalyst.app", logger))(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return out.(rest.Answer), log.String()
}

func TestWhereTheBrowserGoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"connected", nil, "calendar=connected"},
		{"denied", calendar.ErrDenied, "calendar=denied"},
		{"another browser", calendar.ErrState, "calendar=error&code=CALENDAR_STATE_INVALID"},
		{"no tick", calendar.ErrScope, "calendar=error&code=CALENDAR_SCOPE_MISSING"},
		{"locked", entitlement.ErrDisabled, "calendar=error&code=ACCOUNT_DISABLED"},
		{"Google is down", calendar.ErrGoogle.With(errors.New("dial tcp")), "calendar=error&code=UPSTREAM_UNAVAILABLE"},
		{"whatever else", errors.New("row u1 is odd"), "calendar=error&code=INTERNAL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, log := come(t, &ends{err: tt.err}, map[string][]string{"state": {"s"}, "code": {"4/0Asecret"}}, "__Host-calendar-oauth=b")
			h := http.Header(a.Headers)
			if got, want := h.Get("Location"), "https://callanalyst.app/calendar?"+tt.want; a.Status != http.StatusSeeOther || got != want || a.Body != "" {
				t.Errorf("answered %d to %q with %q, want 303 to %q", a.Status, got, a.Body, want)
			}
			if got := h.Get("Set-Cookie"); !strings.HasPrefix(got, "__Host-calendar-oauth=; Path=/; Max-Age=0;") {
				t.Errorf("the cookie stays: %q", got)
			}
			if h.Get("Referrer-Policy") != "no-referrer" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("headers = %v: the address has a code in it", h)
			}
			if strings.Contains(log, "4/0Asecret") {
				t.Errorf("the log holds the code: %s", log)
			}
		})
	}
}

// TestNothingOfTheRequestGoesOn: an open redirect, or a page that shows what a
// link says, would begin here.
func TestNothingOfTheRequestGoesOn(t *testing.T) {
	t.Parallel()
	evil := `<script>evil</script>`
	for _, err := range []error{nil, calendar.ErrDenied, calendar.ErrNotGranted, errors.New(evil)} {
		a, _ := come(t, &ends{err: err}, map[string][]string{
			"state": {evil}, "code": {evil}, "error": {evil}, "error_description": {evil}, "redirect": {"https://evil.example"}, "return_to": {"//evil.example"},
		}, "__Host-calendar-oauth="+evil)
		text, jsonErr := json.Marshal(a)
		if jsonErr != nil || strings.Contains(string(text), "evil") {
			t.Errorf("after %v the answer holds what the request said: %s", err, text)
		}
	}
}

func TestWhatIsReadOfTheRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		query  map[string][]string
		cookie string
		want   calendar.Return
	}{
		{"all of it", map[string][]string{"state": {"s"}, "code": {"c"}, "scope": {"x"}}, "a=1; __Host-calendar-oauth=b", calendar.Return{State: "s", Code: "c", Browser: "b"}},
		{"an error", map[string][]string{"state": {"s"}, "error": {"access_denied"}}, "__Host-calendar-oauth=b", calendar.Return{State: "s", Error: "access_denied", Browser: "b"}},
		{"nothing", nil, "", calendar.Return{}},
		{"a cookie that any host can set", map[string][]string{"state": {"s"}}, "calendar-oauth=b", calendar.Return{State: "s"}},
		{"two states", map[string][]string{"state": {"s", "t"}, "code": {"c"}}, "__Host-calendar-oauth=b", calendar.Return{Code: "c", Browser: "b"}},
		{"a huge code", map[string][]string{"state": {"s"}, "code": {strings.Repeat("c", maxValue+1)}}, "__Host-calendar-oauth=b", calendar.Return{State: "s", Browser: "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := &ends{}
			come(t, e, tt.query, tt.cookie)
			if e.got != tt.want {
				t.Errorf("read %+v, want %+v", e.got, tt.want)
			}
		})
	}
}
