package runtimeapi_test

import (
	"strings"
	"testing"

	"callanalyst/stacks/local/runtimeapi"
)

const nuls = "\x00\x00\x00\x00\x00\x00\x00\x00"

func TestSplitPrelude(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		give     string
		want     string
		wantBody string
		wantNone bool
	}{
		{name: "a prelude and a body", give: "{}" + nuls + "body", want: "{}", wantBody: "body"},
		{name: "a prelude alone", give: "{}" + nuls, want: "{}"},
		{name: "an empty prelude is one", give: nuls + "body", want: "", wantBody: "body"},
		{name: "a body that begins with NUL", give: "{}" + nuls + "\x00x", want: "{}", wantBody: "\x00x"},
		{name: "no delimiter", give: "body", wantBody: "body", wantNone: true},
		{name: "nothing", give: "", wantNone: true},
		{name: "too few NULs", give: "{}" + nuls[1:] + "x", wantBody: "{}" + nuls[1:] + "x", wantNone: true},
		{name: "a delimiter beyond the limit", give: strings.Repeat("x", 2*runtimeapi.MaxPrelude) + nuls, wantBody: strings.Repeat("x", 2*runtimeapi.MaxPrelude) + nuls, wantNone: true},
	}
	for _, tt := range tests {
		for _, size := range []int{1, 3, 8, 1 << 20} {
			prelude, body, ok, err := runtimeapi.SplitPrelude(tt.give, size)

			if err != nil {
				t.Fatalf("%s, %d bytes at a time: %v", tt.name, size, err)
			}
			if prelude != tt.want || body != tt.wantBody || ok == tt.wantNone {
				t.Errorf("%s, %d bytes at a time: %.20q %.20q %v, want %.20q %.20q %v", tt.name, size, prelude, body, ok, tt.want, tt.wantBody, !tt.wantNone)
			}
		}
	}
}

// FuzzSplitPrelude checks that nothing is lost, however the text is read.
func FuzzSplitPrelude(f *testing.F) {
	f.Add("{}"+nuls+"body", 3)
	f.Add("{}\x00\x00\x00\x00\x00\x00\x00", 1)
	f.Add(strings.Repeat("\x00", 30), 5)
	f.Fuzz(func(t *testing.T, text string, size int) {
		prelude, body, ok, err := runtimeapi.SplitPrelude(text, size)
		if err != nil {
			t.Fatalf("SplitPrelude(%q, %d) = %v", text, size, err)
		}
		back := body
		if ok {
			back = prelude + nuls + body
		}
		if back != text || strings.Contains(prelude, nuls) {
			t.Fatalf("SplitPrelude(%q, %d) = %q, %q, %v", text, size, prelude, body, ok)
		}
	})
}
