package profile_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/profile"
)

func TestFromAttributes(t *testing.T) {
	t.Parallel()
	empty := json.RawMessage("{}")
	tests := []struct {
		name       string
		attributes map[string]string
		want       profile.Profile
	}{
		{
			name:       "an e-mail sign-up has an address and perhaps a name",
			attributes: map[string]string{"sub": "u1", "email": "Ada@Example.com", "email_verified": "true", "name": "Ada Lovelace", "cognito:user_status": "CONFIRMED"},
			want:       profile.Profile{Sub: "u1", Email: "ada@example.com", Name: "Ada Lovelace"},
		},
		{
			name: "Google tells name and picture",
			attributes: map[string]string{
				"sub": "u2", "email": "ada@gmail.com", "name": "Ada L", "given_name": "Augusta", "picture": "https://lh3.googleusercontent.com/a/x=s96-c",
				"cognito:user_status": "EXTERNAL_PROVIDER", "identities": `[{"userId":"1084","providerName":"Google"}]`,
			},
			want: profile.Profile{Sub: "u2", Email: "ada@gmail.com", Name: "Ada L", AvatarURL: "https://lh3.googleusercontent.com/a/x=s96-c"},
		},
		{
			name:       "Apple tells the parts of a name",
			attributes: map[string]string{"sub": "u3", "email": "x@privaterelay.appleid.com", "given_name": "Ada", "family_name": "Lovelace"},
			want:       profile.Profile{Sub: "u3", Email: "x@privaterelay.appleid.com", Name: "Ada Lovelace"},
		},
		{
			name:       "one part of a name stands alone",
			attributes: map[string]string{"sub": "u3", "family_name": "Lovelace"},
			want:       profile.Profile{Sub: "u3", Name: "Lovelace"},
		},
		{
			name:       "nothing told is nothing made up",
			attributes: map[string]string{"sub": "u4"},
			want:       profile.Profile{Sub: "u4"},
		},
		{
			name:       "a name stays on one line",
			attributes: map[string]string{"sub": "u5", "name": " Ada\r\nBcc:\tx\u2028y\u202egpj\u2066\x00 "},
			want:       profile.Profile{Sub: "u5", Name: "Ada Bcc: x ygpj"},
		},
		{
			name:       "a name that joins letters keeps its joiners",
			attributes: map[string]string{"sub": "u5", "name": "نیلوفر\u200cها"},
			want:       profile.Profile{Sub: "u5", Name: "نیلوفر\u200cها"},
		},
		{
			name:       "a name has an end",
			attributes: map[string]string{"sub": "u5", "name": strings.Repeat("é", 300)},
			want:       profile.Profile{Sub: "u5", Name: strings.Repeat("é", 100)},
		},
		{
			name:       "a script is no avatar",
			attributes: map[string]string{"sub": "u6", "picture": "javascript:alert(1)"},
			want:       profile.Profile{Sub: "u6"},
		},
		{
			name:       "an avatar comes by https alone",
			attributes: map[string]string{"sub": "u6", "picture": "http://example.com/a.png"},
			want:       profile.Profile{Sub: "u6"},
		},
		{
			name:       "an avatar's address names a host and no user",
			attributes: map[string]string{"sub": "u6", "picture": "https://callanalyst.app@evil.example/a.png"},
			want:       profile.Profile{Sub: "u6"},
		},
		{
			name:       "an avatar's address is not endless",
			attributes: map[string]string{"sub": "u6", "picture": "https://example.com/" + strings.Repeat("a", 2048)},
			want:       profile.Profile{Sub: "u6"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.Preferences, tt.want.Custom, tt.want.Source = empty, empty, profile.FromCognito
			if diff := cmp.Diff(tt.want, profile.FromAttributes(tt.attributes)); diff != "" {
				t.Errorf("FromAttributes(%q) (-want +got):\n%s", tt.attributes, diff)
			}
		})
	}
}

func FuzzFromAttributes(f *testing.F) {
	f.Add("Ada", "Augusta", "https://example.com/a.png")
	f.Add("\xff\u202eA\n", " ", "//x")
	f.Fuzz(func(t *testing.T, name, given, picture string) {
		p := profile.FromAttributes(map[string]string{"name": name, "given_name": given, "picture": picture})
		if !utf8.ValidString(p.Name) || strings.ContainsAny(p.Name, "\r\n\t\x00\u202e") || utf8.RuneCountInString(p.Name) > 100 {
			t.Errorf("name %q became %q", name, p.Name)
		}
		if p.AvatarURL != "" && !strings.HasPrefix(strings.ToLower(p.AvatarURL), "https://") {
			t.Errorf("picture %q became %q", picture, p.AvatarURL)
		}
		again := profile.FromAttributes(map[string]string{"name": p.Name, "picture": p.AvatarURL})
		if p.Name != "" && again.Name != p.Name || again.AvatarURL != p.AvatarURL {
			t.Errorf("cleaning twice differs: %q %q, then %q %q", p.Name, p.AvatarURL, again.Name, again.AvatarURL)
		}
	})
}
