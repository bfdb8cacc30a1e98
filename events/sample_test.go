package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var someSamples = []sample{
	{function: "post-confirmation", name: "forgot-password"},
	{function: "post-confirmation", name: "google"},
	{function: "pre-signup", name: "google"},
	{function: "pre-signup", name: "sign-up"},
	{function: "profile-get", name: "ok"},
}

func TestChoose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		names []string
		want  []string
	}{
		{"one sample", []string{"pre-signup/google"}, []string{"pre-signup/google"}},
		{"all of a function", []string{"post-confirmation"}, []string{"post-confirmation/forgot-password", "post-confirmation/google"}},
		{"a folder as the shell completes it", []string{"profile-get/"}, []string{"profile-get/ok"}},
		{"all there are", []string{"all"}, []string{"post-confirmation/forgot-password", "post-confirmation/google", "pre-signup/google", "pre-signup/sign-up", "profile-get/ok"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			chosen, err := choose(someSamples, tt.names)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range chosen {
				got = append(got, s.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("choose(%q) (-want +got):\n%s", tt.names, diff)
			}
		})
	}
}

func TestAnUnknownSampleListsThoseItMayMean(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, want string }{
		{"post-confirmation/gogle", "did you mean post-confirmation/google"},
		{"postconfirmation/google", "did you mean post-confirmation/google"},
		{"google", "did you mean post-confirmation/google, pre-signup/google?"},
		{"presignup", "did you mean pre-signup/google, pre-signup/sign-up?"},
		{"xyzzy-nothing-like-it", "go run ./events lists them"},
	}
	for _, tt := range tests {
		_, err := choose(someSamples, []string{tt.name})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.name) {
			t.Errorf("choose(%q) = %v, want an error with the name and %q", tt.name, err, tt.want)
		}
	}
}

func TestParseOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		args []string
		want options
	}{
		{nil, options{}},
		{[]string{"--"}, options{}},
		{[]string{"--", "post-confirmation/google"}, options{names: []string{"post-confirmation/google"}}},
		{[]string{"--", "-update", "all"}, options{update: true, names: []string{"all"}}},
		{[]string{"pre-signup", "--update"}, options{update: true, names: []string{"pre-signup"}}},
		{[]string{"-update"}, options{update: true, names: []string{"all"}}},
		{[]string{"events/pre-signup/google.json"}, options{names: []string{"pre-signup/google"}}},
	}
	for _, tt := range tests {
		got, err := parseOptions(tt.args)
		if err != nil {
			t.Errorf("parseOptions(%q): %v", tt.args, err)
		}
		if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(options{})); diff != "" {
			t.Errorf("parseOptions(%q) (-want +got):\n%s", tt.args, diff)
		}
	}
	if _, err := parseOptions([]string{"-live"}); err == nil || !strings.Contains(err.Error(), "-live") {
		t.Errorf("parseOptions(-live) = %v, want an error that names the flag", err)
	}
}

func TestRunSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-live"}, {"no-such/event"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, &stdout, &stderr); code != exitUsage || !strings.HasPrefix(stderr.String(), "replay: ") {
			t.Errorf("run(%q) = %d, stderr %q, want %d and a reason", args, code, &stderr, exitUsage)
		}
	}
}

func TestRunWithoutNamesListsTheSamples(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), nil, &stdout, &stderr)
	if code != exitOK || !strings.Contains(stdout.String(), "post-confirmation/google\n") {
		t.Errorf("run() = %d, stdout %q, stderr %q, want 0 and the samples", code, &stdout, &stderr)
	}
}
