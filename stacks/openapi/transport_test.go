package openapi_test

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"callanalyst/stacks/openapi"
)

// roundTrip answers requests itself.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestTransportJudgesWhatPasses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, path, body string
		host             string // instead of the edge's
		header           http.Header
		half             bool // leave before the end
		want             int  // reports
	}{
		{name: "an answer as described", path: "/api/recall/bots", body: `{"bots":[]}`},
		{name: "another", path: "/api/recall/bots", body: `{}`, want: 1},
		{name: "a body that was left", path: "/api/recall/bots", body: `{}`, half: true},
		{name: "another's", path: "/api/messages", body: `{}`, host: "127.0.0.1:8025"},
		{name: "the site", path: "/account", body: `{}`},
		{name: "a route that is only there", path: "/api/new", body: `{}`, want: 1},
		{name: "a route that is nowhere", path: "/api/new", body: `{"message":"Missing Authentication Token"}`, header: http.Header{"X-Amzn-Errortype": {"MissingAuthenticationTokenException"}}},
	}
	c := open(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var reports []error
			header := http.Header{"Content-Type": {"application/json"}}
			for k, v := range tt.header {
				header[k] = v
			}
			client := &http.Client{Transport: &openapi.Transport{
				Contract: c, Host: "127.0.0.1:8787", Report: func(err error) { reports = append(reports, err) },
				Base: roundTrip(func(*http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Header: header, Body: io.NopCloser(strings.NewReader(tt.body))}, nil
				}),
			}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+cmp.Or(tt.host, "127.0.0.1:8787")+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if !tt.half {
				if got, err := io.ReadAll(resp.Body); err != nil || string(got) != tt.body {
					t.Errorf("body = %q, %v, want %q", got, err, tt.body)
				}
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if len(reports) != tt.want {
				t.Errorf("%s %s was reported %d times, want %d: %v", tt.path, tt.body, len(reports), tt.want, reports)
			}
		})
	}
}

func TestTransportPassesFailuresOn(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	tr := &openapi.Transport{Contract: open(t), Host: "127.0.0.1", Report: func(err error) { t.Error(err) },
		Base: roundTrip(func(*http.Request) (*http.Response, error) { return nil, down })}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/api/profile", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if !errors.Is(err, down) {
		t.Errorf("RoundTrip = %v, want %v", err, down)
	}
	if resp != nil {
		_ = resp.Body.Close()
	}
}
