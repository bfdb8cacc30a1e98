package profile_test

import (
	"testing"

	"callanalyst/pkg/profile"
)

func TestETagTellsBodiesApart(t *testing.T) {
	t.Parallel()
	row := profile.Profile{Version: 7, Source: profile.FromDynamoDB}
	first := profile.Profile{Version: 7, Source: profile.FromCognito}
	if got, want := row.ETag(), `"7"`; got != want {
		t.Errorf("ETag() = %s, want %s", got, want)
	}
	if row.ETag() == first.ETag() {
		t.Errorf("both sources have the tag %s, though their bodies differ", row.ETag())
	}
	for _, p := range []profile.Profile{row, first} {
		if v, ok := profile.ParseETag(p.ETag()); !ok || v != 7 {
			t.Errorf("ParseETag(%s) = %d %v, want 7", p.ETag(), v, ok)
		}
	}
}

func TestParseETagRefuses(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"", `"`, `""`, "7", `W/"7"`, `"7`, `7"`, `"-7"`, `"+7"`, `"7.0"`, `"99999999999999999999"`, `"7", "8"`, `"cognito"`, "*"} {
		if v, ok := profile.ParseETag(tag); ok {
			t.Errorf("ParseETag(%q) = %d, want none", tag, v)
		}
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	p := profile.Profile{Version: 7, Source: profile.FromDynamoDB}
	tests := []struct {
		name   string
		header []string
		want   bool
	}{
		{name: "no header", header: nil, want: false},
		{name: "the tag", header: []string{`"7"`}, want: true},
		{name: "the tag, made weak by a proxy", header: []string{`W/"7"`}, want: true},
		{name: "one of a list", header: []string{`"5", W/"6" ,"7"`}, want: true},
		{name: "one of two headers", header: []string{`"5"`, `"7"`}, want: true},
		{name: "anything", header: []string{"*"}, want: true},
		{name: "another version", header: []string{`"8"`}, want: false},
		{name: "the same version from Cognito", header: []string{`"7-cognito"`}, want: false},
		{name: "no quotes", header: []string{"7"}, want: false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := p.Unchanged(tt.header); got != tt.want {
				t.Errorf("Unchanged(%q) = %v, want %v", tt.header, got, tt.want)
			}
		})
	}
}

func FuzzParseETag(f *testing.F) {
	f.Add(`"1"`)
	f.Add(`"0-cognito"`)
	f.Add(` W/"1"`)
	f.Fuzz(func(t *testing.T, tag string) {
		v, ok := profile.ParseETag(tag)
		if !ok {
			return
		}
		again, ok := profile.ParseETag(profile.Profile{Version: v}.ETag())
		if !ok || again != v || v < 0 {
			t.Errorf("ParseETag(%q) = %d, which reads back as %d %v", tag, v, again, ok)
		}
	})
}
