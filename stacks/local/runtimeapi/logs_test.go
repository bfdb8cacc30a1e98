package runtimeapi_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/runtimeapi"
)

func TestLogIsInOrderAndTagged(t *testing.T) {
	t.Parallel()
	var j journal
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	h := newHost(t, runtimeapi.Options{Log: j.log, Now: func() time.Time { return at }})
	f := function("print")
	// The host's clock stands still, so the deadline must lie ahead of the function's.
	f.Timeout = 1000 * 24 * time.Hour
	set(t, h, f)

	first := invoke(t, h, "print", "{}")
	second := invoke(t, h, "print", "{}")

	var want []runtimeapi.Line
	add := func(id string, texts ...string) {
		for _, text := range texts {
			want = append(want, runtimeapi.Line{Time: at, Function: "print", RequestID: id, Text: text})
		}
	}
	add("", "INIT_START Runtime Version: provided:al2023.local", "from init")
	for _, r := range []runtimeapi.Result{first, second} {
		add(r.RequestID, "START RequestId: "+r.RequestID+" Version: $LATEST", "to stdout", "to stderr", "unfinished", "END RequestId: "+r.RequestID, "REPORT")
	}
	got := j.all()
	for i := range got {
		if strings.HasPrefix(got[i].Text, "REPORT") {
			got[i].Text = "REPORT"
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestLogTailIsTheInvocationsOwn(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("chatter"))

	long := invoke(t, h, "chatter", "1000")
	short := invoke(t, h, "chatter", "1")

	if len(long.LogTail) != 4096 || !strings.Contains(long.LogTail, "line 999\n") {
		t.Errorf("tail of 1000 lines = %d bytes ending in %q, want 4096 with the last line", len(long.LogTail), last(long.LogTail))
	}
	if !strings.HasPrefix(short.LogTail, "START RequestId: "+short.RequestID) || strings.Contains(short.LogTail, long.RequestID) {
		t.Errorf("tail = %q, want all of this invocation and nothing of the one before", short.LogTail)
	}
}

func last(s string) string { return s[max(0, len(s)-80):] }

func TestReportLine(t *testing.T) {
	t.Parallel()
	const id = `RequestId: [0-9a-f-]{36}\t`
	const sums = `Duration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\t`
	tests := []struct {
		behaviour string
		want      string // of the last line
		wantAlso  string // of any line
	}{
		{behaviour: "pid", want: `^REPORT ` + id + sums + `Init Duration: \d+\.\d\d ms\t$`},
		{behaviour: "hang", want: `^REPORT ` + id + sums + `Init Duration: \d+\.\d\d ms\tStatus: timeout\t$`, wantAlso: `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [0-9a-f-]{36} Task timed out after 0\.20 seconds$`},
		{behaviour: "exit", want: `^REPORT ` + id + sums + `Init Duration: \d+\.\d\d ms\tStatus: error\tError Type: Runtime\.ExitError\t$`, wantAlso: `^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 2$`},
		{behaviour: "error", want: `^REPORT ` + id + sums + `Init Duration: \d+\.\d\d ms\t$`},
	}
	for _, tt := range tests {
		t.Run(tt.behaviour, func(t *testing.T) {
			t.Parallel()
			h := newHost(t, runtimeapi.Options{})
			f := function(tt.behaviour)
			f.Timeout = 200 * time.Millisecond
			set(t, h, f)

			lines := strings.Split(strings.TrimSuffix(invoke(t, h, tt.behaviour, "{}").LogTail, "\n"), "\n")

			if got := lines[len(lines)-1]; !regexp.MustCompile(tt.want).MatchString(got) {
				t.Errorf("last line = %q, want %s", got, tt.want)
			}
			if !slices.ContainsFunc(lines, regexp.MustCompile(tt.wantAlso).MatchString) {
				t.Errorf("lines = %q, want one like %s", lines, tt.wantAlso)
			}
		})
	}
}

func TestFunctionCannotForgeAMark(t *testing.T) {
	t.Parallel()
	h := newHost(t, runtimeapi.Options{})
	set(t, h, function("nul"))

	r := invoke(t, h, "nul", "{}")

	if want := "\x00" + strings.Repeat("0", 32) + "\n"; !strings.Contains(r.LogTail, want) {
		t.Errorf("log = %q, want the function's own %q in it as a line", r.LogTail, want)
	}
	if r = invoke(t, h, "nul", "{}"); r.Cold {
		t.Error("the second invocation was cold, want the log to have gone on")
	}
}

func TestSplitter(t *testing.T) {
	t.Parallel()
	const mark = "\x00secret\n"
	long := strings.Repeat("x", runtimeapi.MaxLine)
	tests := []struct {
		name string
		give string
		want []string // "|" is a mark
	}{
		{name: "nothing", give: "", want: nil},
		{name: "lines", give: "a\nb\n", want: []string{"a", "b"}},
		{name: "an empty line", give: "a\n\nb\n", want: []string{"a", "", "b"}},
		{name: "an unfinished last line", give: "a\nb", want: []string{"a", "b"}},
		{name: "a mark between lines", give: "a\n" + mark + "b\n", want: []string{"a", "|", "b"}},
		{name: "a mark within a line", give: "a" + mark + "b\n", want: []string{"a", "|", "b"}},
		{name: "marks in a row", give: mark + mark, want: []string{"|", "|"}},
		{name: "what only begins like a mark", give: "\x00secre\n", want: []string{"\x00secre"}},
		{name: "a line that is too long", give: long + "y\n", want: []string{long, "y"}},
		{name: "a mark behind a line that is too long", give: long[1:] + mark, want: []string{long[1:], "|"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, runtimeapi.Split(tt.give, mark)); diff != "" {
				t.Errorf("Split(%.40q) (-want +got):\n%s", tt.give, diff)
			}
		})
	}
}

// FuzzSplitter holds the lines against the text that they came from.
func FuzzSplitter(f *testing.F) {
	f.Add("a\nb", 3)
	f.Add("a\x00secret\nb\n\n", 1)
	f.Add(strings.Repeat("\x00", 40), 7)
	f.Fuzz(func(t *testing.T, text string, size int) {
		const mark = "\x00secret\n"
		var joined strings.Builder
		for _, line := range runtimeapi.SplitChunks(text, mark, size) {
			if strings.Contains(line, "\n") {
				t.Fatalf("SplitChunks(%q, %d) gave a line with a newline: %q", text, size, line)
			}
			joined.WriteString(line)
		}
		want := strings.ReplaceAll(strings.ReplaceAll(text, mark, ""), "\n", "")
		if got := strings.ReplaceAll(joined.String(), "|", ""); got != strings.ReplaceAll(want, "|", "") {
			t.Fatalf("SplitChunks(%q, %d) = %q, want %q", text, size, got, want)
		}
	})
}
