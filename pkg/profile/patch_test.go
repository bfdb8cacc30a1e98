package profile_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/fault"
	"callanalyst/pkg/profile"
)

// before is a profile with something in every field.
func before() profile.Profile {
	return profile.Profile{
		Sub: "u1", Email: "ada@example.com", Name: "Ada", AvatarURL: "https://example.com/a.png", Version: 3, Source: profile.FromDynamoDB,
		Preferences: json.RawMessage(`{"theme":"dark","panel":{"left":true,"width":12345678901234567890}}`), Custom: json.RawMessage(`{"team":"Sales"}`),
	}
}

// apply parses a patch and applies it.
func apply(p profile.Profile, patch string) (profile.Profile, error) {
	change, err := profile.ParsePatch([]byte(patch))
	if err != nil {
		return profile.Profile{}, err
	}
	return change.Apply(p)
}

func TestPatchChangesWhatItNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, patch string
		want        func(*profile.Profile)
	}{
		{name: "nothing", patch: `{}`, want: func(*profile.Profile) {}},
		{name: "a name, on one line", patch: `{"name":" Ada \n King\u0007 "}`, want: func(p *profile.Profile) { p.Name = "Ada King" }},
		{name: "null takes a name away", patch: `{"name":null}`, want: func(p *profile.Profile) { p.Name = "" }},
		{name: "an empty name is none", patch: `{"name":""}`, want: func(p *profile.Profile) { p.Name = "" }},
		{name: "an avatar", patch: `{"avatar_url":"https://example.com/b.png"}`, want: func(p *profile.Profile) { p.AvatarURL = "https://example.com/b.png" }},
		{name: "null takes an avatar away", patch: `{"avatar_url":null}`, want: func(p *profile.Profile) { p.AvatarURL = "" }},
		{
			name: "a preference beside the others, and numbers as they are written", patch: `{"preferences":{"language":"en"}}`,
			want: func(p *profile.Profile) {
				p.Preferences = json.RawMessage(`{"language":"en","panel":{"left":true,"width":12345678901234567890},"theme":"dark"}`)
			},
		},
		{
			name: "null takes a preference away, at any depth", patch: `{"preferences":{"theme":null,"panel":{"width":null}}}`,
			want: func(p *profile.Profile) { p.Preferences = json.RawMessage(`{"panel":{"left":true}}`) },
		},
		{
			name: "null takes all preferences away", patch: `{"preferences":null}`,
			want: func(p *profile.Profile) { p.Preferences = json.RawMessage(`{}`) },
		},
		{
			name: "markup is data", patch: `{"custom":{"team":"<b>&"}}`,
			want: func(p *profile.Profile) { p.Custom = json.RawMessage(`{"team":"<b>&"}`) },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := before()
			tt.want(&want)
			got, err := apply(before(), tt.patch)
			if err != nil {
				t.Fatalf("%s: %v", tt.patch, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.patch, diff)
			}
		})
	}
}

// TestPatchMerges holds the merge against the examples of RFC 7396, appendix A,
// whose target and patch are objects.
func TestPatchMerges(t *testing.T) {
	t.Parallel()
	tests := []struct{ target, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"a":1,"e":null}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
	}
	for _, tt := range tests {
		p := before()
		p.Custom = json.RawMessage(tt.target)
		got, err := apply(p, `{"custom":`+tt.patch+`}`)
		if err != nil || string(got.Custom) != tt.want {
			t.Errorf("%s merged into %s = %s, %v, want %s", tt.patch, tt.target, got.Custom, err, tt.want)
		}
	}
}

func TestPatchRefuses(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(`,"k` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26)) + `":1`)
		}
		return "{" + b.String()[1:] + "}"
	}
	tests := []struct{ name, patch, says string }{
		{name: "a list", patch: `[]`, says: "JSON object"},
		{name: "null", patch: `null`, says: "JSON object"},
		{name: "an unknown field", patch: `{"admin":true}`, says: "no field of that name"},
		{name: "a name in another case", patch: `{"Name":"x"}`, says: "no field of that name"},
		{name: "the address", patch: `{"email":"eve@example.com"}`, says: "email cannot be changed"},
		{name: "the id", patch: `{"sub":"u2"}`, says: "sub cannot be changed"},
		{name: "the version", patch: `{"version":9}`, says: "version cannot be changed"},
		{name: "the source", patch: `{"source":"cognito"}`, says: "source cannot be changed"},
		{name: "a name that is a number", patch: `{"name":5}`, says: "name must be a text"},
		{name: "a name of 101 characters", patch: `{"name":"` + strings.Repeat("é", 101) + `"}`, says: "100 characters"},
		{name: "an avatar by http", patch: `{"avatar_url":"http://example.com/a.png"}`, says: "https address"},
		{name: "an avatar that is a script", patch: `{"avatar_url":"javascript:alert(1)"}`, says: "https address"},
		{name: "an avatar with a password", patch: `{"avatar_url":"https://a:b@example.com/"}`, says: "https address"},
		{name: "preferences that are a list", patch: `{"preferences":[]}`, says: "preferences must be an object"},
		{name: "custom fields that are a text", patch: `{"custom":"x"}`, says: "custom must be an object"},
		{name: "too deep", patch: `{"custom":` + deep(9) + `}`, says: "8 objects deep"},
		{name: "too many names", patch: `{"custom":` + many(257) + `}`, says: "256 names"},
		{name: "too large", patch: `{"preferences":{"a":"` + strings.Repeat("x", 16<<10) + `"}}`, says: "16384 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := apply(before(), tt.patch)
			if !errors.Is(err, profile.ErrField) {
				t.Fatalf("error = %v, want ErrField", err)
			}
			if got := fault.Of(err).Detail; !strings.Contains(got, tt.says) {
				t.Errorf("says %q, want something about %q", got, tt.says)
			}
		})
	}
	for _, patch := range []string{`{"custom":` + deep(7) + `}`, `{"name":"` + strings.Repeat("é", 100) + `"}`} {
		if _, err := apply(before(), patch); err != nil {
			t.Errorf("%.40s, just within the limits: %v", patch, err)
		}
	}
}

// FuzzPatch looks for a patch whose result is larger than a row may be, or that
// cannot be applied twice.
func FuzzPatch(f *testing.F) {
	for _, s := range []string{`{}`, `{"name":"Ada"}`, `{"custom":{"a":{"b":null}}}`, `{"preferences":null}`, `{"name":"\ud800"}`, `{"custom":{"a":1e400}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		once, err := apply(before(), string(body))
		if err != nil {
			return
		}
		for _, doc := range []json.RawMessage{once.Preferences, once.Custom} {
			if !json.Valid(doc) || doc[0] != '{' || len(doc) > 16<<10 {
				t.Errorf("%q made the object %q", body, doc)
			}
		}
		twice, err := apply(once, string(body))
		if err != nil {
			t.Fatalf("%q applies once, and then no more: %v", body, err)
		}
		if diff := cmp.Diff(once, twice); diff != "" {
			t.Errorf("%q applied again (-once +twice):\n%s", body, diff)
		}
	})
}
