package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

var rehearsal = stage.Stage{Name: "rehearsal", Region: "us-east-2", Without: []string{"providers"}}

// over returns a probe of an emulator that answers with h.
func over(t *testing.T, h http.HandlerFunc) *probe {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	e := &emulator{url: server.URL, port: server.URL[strings.LastIndexByte(server.URL, ':')+1:]}
	return newProbe(e, rehearsal, outputs{"ApiStack-rehearsal": {"ApiUrl": "https://abc123.execute-api.us-east-2.amazonaws.com/live/"}})
}

func TestTheRouteIsCalledThroughTheGateway(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		status int
		body   string
		ok     bool
	}{
		{"as expected", 200, `{"tier":"free"}`, true},
		{"another status", 503, `{"tier":"free"}`, false},
		{"another body", 200, `{}`, false},
	} {
		p := over(t, func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasPrefix(r.Host, "abc123.execute-api.localhost:") || r.URL.Path != "/live/api/entitlement" || r.Header.Get("Authorization") != "Bearer t" {
				t.Errorf("%s: called %s%s with %q", tt.name, r.Host, r.URL.Path, r.Header.Get("Authorization"))
			}
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		})
		if r := p.call(t.Context(), tt.name, "GET", "api/entitlement", "", "t", http.StatusOK, `"tier"`); (r.err == nil) != tt.ok {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

func TestAScheduledFunctionMayLackItsVendorAlone(t *testing.T) {
	t.Parallel()
	const there = `{"Target":{"Arn":"arn:aws:lambda:us-east-2:0:function:callanalyst-rehearsal-tick"}}`
	for _, tt := range []struct {
		name, schedule, body string
		status               int
		secrets              []string
		ok                   bool
	}{
		{"done", there, `null`, 200, nil, true},
		{"its vendor is not here", there, `{"errorType":"Failure","errorMessage":"INTERNAL"}`, 200, []string{"stripe"}, true},
		{"it failed by itself", there, `{"errorType":"Failure","errorMessage":"INTERNAL"}`, 200, nil, false},
		{"it cannot start", there, `{"errorType":"Runtime.InitError"}`, 200, []string{"stripe"}, false},
		{"it is not there", there, `{"__type":"ResourceNotFoundException"}`, 404, nil, false},
		{"it has no schedule", `{"__type":"ResourceNotFoundException"}`, `null`, 200, nil, false},
	} {
		const arn = "arn:aws:lambda:us-east-2:0:function:callanalyst-rehearsal-tick"
		p := over(t, func(w http.ResponseWriter, r *http.Request) {
			switch by := r.Header.Get("Authorization"); {
			case r.URL.Path == "/schedules/callanalyst-rehearsal-tick" && strings.Contains(by, "/us-east-2/scheduler/"):
				_, _ = io.WriteString(w, tt.schedule)
			case r.URL.Path == "/2015-03-31/functions/"+arn+"/invocations" && strings.Contains(by, "/us-east-2/lambda/"):
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			default:
				t.Errorf("%s: called %s with %q", tt.name, r.URL.Path, by)
			}
		})
		if r := p.scheduled(t.Context(), fleet.Function{Name: "tick", Secrets: tt.secrets}); (r.err == nil) != tt.ok {
			t.Errorf("%s: %+v", tt.name, r)
		}
	}
}

func TestADeployThatChangedSomethingIsNoticed(t *testing.T) {
	t.Parallel()
	line := " ✅  Stack (no changes)\n"
	if r := unchanged(strings.Repeat(line, len(stage.Stacks()))); r.err != nil {
		t.Errorf("nothing changed: %v", r.err)
	}
	if r := unchanged(strings.Repeat(line, len(stage.Stacks())-1) + " ✅  ApiStack\n"); r.err == nil {
		t.Error("a stack that changed is not noticed")
	}
}

func TestAForgedTokenHasAnotherSignature(t *testing.T) {
	t.Parallel()
	if got := forged("head.body.sign"); got != "head.body.AAAA" {
		t.Errorf("forged = %q", got)
	}
}

func TestTheEmulatorIsWaitedFor(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	e := &emulator{url: server.URL, done: make(chan error, 1)}
	if err := e.ready(t.Context()); err != nil {
		t.Errorf("an emulator that answers: %v", err)
	}
	dead := &emulator{url: "http://127.0.0.1:1", done: make(chan error, 1)}
	dead.done <- errors.New("exit status 1")
	began := time.Now()
	if err := dead.ready(t.Context()); err == nil || time.Since(began) > 30*time.Second {
		t.Errorf("an emulator that ended: %v", err)
	}
}

func TestARehearsalCannotReachARealAccount(t *testing.T) {
	t.Parallel()
	got := withoutAWS([]string{"PATH=/bin", "AWS_PROFILE=prod", "AWS_ACCESS_KEY_ID=AKIA", "AWS_SESSION_TOKEN=t", "HOME=/root"})
	if strings.Join(got, " ") != "PATH=/bin HOME=/root" {
		t.Errorf("what the emulator and the CDK see: %q", got)
	}
}

func TestFailuresAreCountedAndShown(t *testing.T) {
	t.Parallel()
	results := []result{{"good", "seen", nil}, {"bad", "", errors.New("not as it should be")}}
	var out bytes.Buffer
	if err := print(&out, rehearsal, results); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ok", "FAILED", "not as it should be", "providers"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
	if err := failed(results); err == nil || !strings.Contains(err.Error(), "1 of 2") {
		t.Errorf("error = %v, want one of two", err)
	}
}
