package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/stacks/local/solo"
)

// TestEverySample replays all samples through the real functions.
func TestEverySample(t *testing.T) {
	t.Parallel()
	root := dynamotest.Root(t)
	all, err := findSamples(root)
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	code, err := replayAll(t.Context(), root, all, options{}, newPrinter(&shown))
	if err != nil {
		t.Fatal(err)
	}
	if code != exitOK || !strings.Contains(shown.String(), " ok in ") {
		t.Errorf("replay all ended with %d:\n%s", code, shown.String())
	}
	t.Log("\n" + shown.String())
}

func TestReplayComparesWithTheGolden(t *testing.T) {
	t.Parallel()
	const echoed = `{"answer":{"event":"as it came","response":{}},"calls":[]}`
	tests := []struct {
		name, behaviour, golden, result string
	}{
		{"the right golden is ok", "echo", echoed, "ok"},
		{"a wrong answer fails", "echo", strings.Replace(echoed, "as it came", "changed", 1), "differs"},
		{"a call too many in the golden fails", "echo", strings.Replace(echoed, "[]", `[{"n":1,"service":"kms","operation":"Decrypt"}]`, 1), "differs"},
		{"no golden fails", "echo", "", "no golden"},
		{"an error is an answer", "fail", `{"answer":{"error":{"message":"TOS_NOT_ACCEPTED","type":"errorString"}},"calls":[]}`, "ok"},
		{"a function that answers differently when warm fails", "fickle", `{"answer":1,"calls":[]}`, "the warm answer differs"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := writeSample(t, `{"triggerSource":"x","response":{}}`, tt.golden)
			out, err := testReplayer(t, tt.behaviour).replay(t.Context(), s, watcher{})
			if err != nil {
				t.Fatal(err)
			}
			var shown bytes.Buffer
			p := newPrinter(&shown)
			p.begin([]sample{s})
			p.outcome(out)
			if !strings.Contains(shown.String(), ": "+tt.result) || out.ok() != (tt.result == "ok") {
				t.Errorf("replay with golden %q was ok=%t and showed, want %q:\n%s", tt.golden, out.ok(), tt.result, shown.String())
			}
		})
	}
}

func TestUpdateWritesWhatTheNextReplayAccepts(t *testing.T) {
	t.Parallel()
	s := writeSample(t, `{}`, "")
	r := testReplayer(t, "calls")
	r.update = true
	out, err := r.replay(t.Context(), s, watcher{})
	if err != nil || !out.wrote {
		t.Fatalf("replay with -update: wrote=%t, %v, want a golden file", out.wrote, err)
	}
	text, err := os.ReadFile(s.goldenFile())
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := solo.ReadJSON(s.goldenFile(), &g); err != nil {
		t.Fatal(err)
	}
	if got, want := listed(g.Calls), "1:PutItem 2:GetItem<1 3:POST /v1/customers<1"; got != want {
		t.Errorf("the golden file has the calls %q, want %q", got, want)
	}
	for _, want := range []string{`"metadata[at]": "<now>"`, `"cognito_sub": "u1"`, `"operation": "POST /v1/customers"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the golden file lacks %s:\n%s", want, text)
		}
	}
	r.update = false
	for range 3 {
		out, err = r.replay(t.Context(), s, watcher{})
		if err != nil || !out.ok() {
			t.Errorf("the next replay: %v, want no difference:\n%s%s", err, out.difference, out.inconsistent)
		}
	}
}

// TestAStreamIsShownAsItComes proves it by making the function wait: it writes
// its second piece only when the first has been shown.
func TestAStreamIsShownAsItComes(t *testing.T) {
	t.Parallel()
	first := make(chan struct{})
	seen := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-first:
		case <-r.Context().Done():
		}
	}))
	defer seen.Close()
	s := writeSample(t, `{}`, `{"answer":{"body":["data: one","","data: two",""],"content_type":"application/octet-stream"},"calls":[]}`)
	var shown bytes.Buffer
	see := newPrinter(&shown).watch(true)
	show := see.piece
	see.piece = func(piece string, after time.Duration) {
		show(piece, after)
		if piece == "data: one\n\n" {
			close(first)
		}
	}
	out, err := testReplayer(t, "stream", "SEEN="+seen.URL).replay(t.Context(), s, see)
	if err != nil || !out.ok() {
		t.Fatalf("replay: %v, difference:\n%s%s", err, out.difference, out.inconsistent)
	}
	if got := strings.Count(shown.String(), "ms data: "); got != 2 {
		t.Errorf("the stream was shown as %q, want both pieces with their times", shown.String())
	}
}
