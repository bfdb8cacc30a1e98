package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/migration/backfill"
)

// pages is a job of one page.
type pages struct{ err error }

func (p pages) Page(context.Context, string, bool) (backfill.Page, error) {
	return backfill.Page{Done: true, Outcomes: []backfill.Outcome{{ID: "u-1", What: "created"}}}, p.err
}

func function(t *testing.T, job backfill.Job) boot.Func {
	t.Helper()
	p := boot.NewProcess("profile-sync", func(string) (string, bool) { return "", false }, t.Output())
	fn, err := p.Start(t.Context(), func(context.Context, *boot.Process) (boot.Func, error) { return handler(job, p), nil })
	if err != nil {
		t.Fatal(err)
	}
	return fn
}

func TestEvents(t *testing.T) {
	t.Parallel()
	down := errors.New("user list of dana@example.com is odd")
	tests := []struct {
		name, event string
		err         error
		want        string // the answer, or the code
	}{
		{name: "a slice", event: `{"job":"profiles"}`, want: `{"job":"profiles","cursor":"","done":true,"total":0,"pages":1,"tally":{"created":1}}`},
		{name: "a slice that fails", event: `{"job":"profiles"}`, err: down, want: "JOB_INTERRUPTED"},
		{name: "another job", event: `{"job":"users"}`, want: "JOB_UNKNOWN"},
		{name: "no job", event: `{}`, want: "JOB_UNKNOWN"},
		{name: "no event", event: `null`, want: "JOB_UNKNOWN"},
		{name: "not JSON", event: `profiles`, want: "INVALID_EVENT"},
		{name: "a list", event: `[]`, want: "INVALID_EVENT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := function(t, pages{tt.err})(t.Context(), json.RawMessage(tt.event))
			got, _ := json.Marshal(out)
			if err != nil {
				got = []byte(err.Error())
			}
			if string(got) != tt.want {
				t.Errorf("%s = %s, want %s", tt.event, got, tt.want)
			}
		})
	}
}

// TestSettings names all that the function needs.
func TestSettings(t *testing.T) {
	t.Parallel()
	_, err := boot.NewProcess("profile-sync", func(string) (string, bool) { return "", false }, &bytes.Buffer{}).Start(t.Context(), wire)
	for _, want := range []string{"TABLE_PROFILES", "TABLE_ENTITLEMENTS", "USER_POOL_ID"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Start without settings = %v, want it to name %s", err, want)
		}
	}
}
