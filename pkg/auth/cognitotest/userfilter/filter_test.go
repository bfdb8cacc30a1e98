package userfilter_test

import (
	"errors"
	"testing"

	"callanalyst/pkg/auth/cognitotest/userfilter"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       userfilter.Filter
		wantErr    string
	}{
		{name: "no filter matches everyone", text: "  "},
		{name: "equality", text: `email = "ada@example.com"`, want: userfilter.Filter{Attribute: "email", Value: "ada@example.com"}},
		{name: "prefix", text: `name ^= "Ad"`, want: userfilter.Filter{Attribute: "name", Prefix: true, Value: "Ad"}},
		{name: "blanks around the operator are free", text: `username="x"`, want: userfilter.Filter{Attribute: "username", Value: "x"}},
		{name: "the attribute may be quoted", text: `"family_name" = "Reddy"`, want: userfilter.Filter{Attribute: "family_name", Value: "Reddy"}},
		{name: "a quotation mark is escaped", text: `name = "the \"great\""`, want: userfilter.Filter{Attribute: "name", Value: `the "great"`}},
		{name: "a backslash is escaped", text: `name = "a\\b"`, want: userfilter.Filter{Attribute: "name", Value: `a\b`}},
		{name: "the status has a prefix of its own", text: `cognito:user_status = "CONFIRMED"`, want: userfilter.Filter{Attribute: "cognito:user_status", Value: "CONFIRMED"}},
		{name: "an empty value is a value", text: `sub = ""`, want: userfilter.Filter{Attribute: "sub"}},
		{name: "an unescaped quotation mark ends the value", text: `email = "a" = "b"`, wantErr: "Error while parsing filter"},
		{name: "an injected condition is refused", text: `email = "x" or username ^= ""`, wantErr: "Error while parsing filter"},
		{name: "a value needs quotation marks", text: `email = ada`, wantErr: "Error while parsing filter"},
		{name: "a condition needs a value", text: `username=`, wantErr: "Error while parsing filter"},
		{name: "an unfinished escape is refused", text: `name = "a\"`, wantErr: "Error while parsing filter"},
		{name: "another operator is refused", text: `name != "a"`, wantErr: "Error while parsing filter"},
		{name: "custom attributes cannot be searched", text: `custom:tos_version = "x"`, wantErr: "Invalid search attribute: custom:tos_version"},
		{name: "unknown attributes cannot be searched", text: `shoe = "42"`, wantErr: "Invalid search attribute: shoe"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := userfilter.Parse(tt.text)
			if message(err) != tt.wantErr {
				t.Fatalf("Parse(%q) error = %q, want %q", tt.text, message(err), tt.wantErr)
			}
			if got != tt.want {
				t.Errorf("Parse(%q) = %+v, want %+v", tt.text, got, tt.want)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestParseErrorKinds(t *testing.T) {
	t.Parallel()
	if _, err := userfilter.Parse("nonsense"); !errors.Is(err, userfilter.ErrSyntax) {
		t.Errorf("Parse(nonsense) error = %v, want ErrSyntax", err)
	}
	var unknown *userfilter.AttributeError
	if _, err := userfilter.Parse(`shoe = "42"`); !errors.As(err, &unknown) || unknown.Name != "shoe" {
		t.Errorf("Parse(shoe) error = %v, want an AttributeError for shoe", err)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, filter, value string
		want                bool
	}{
		{name: "no filter matches a value", filter: "", value: "x", want: true},
		{name: "no filter matches nothing at all", filter: "", value: "", want: true},
		{name: "an address matches in any case", filter: `email = "ADA@example.com"`, value: "ada@Example.com", want: true},
		{name: "an address matches whole", filter: `email = "ada@example.co"`, value: "ada@example.com"},
		{name: "a name matches exactly", filter: `name = "ada"`, value: "Ada"},
		{name: "a prefix matches the beginning", filter: `name ^= "Ad"`, value: "Ada", want: true},
		{name: "a prefix does not match the middle", filter: `name ^= "da"`, value: "Ada"},
		{name: "an absent attribute never matches", filter: `name ^= ""`, value: ""},
		{name: "a state matches in any case", filter: `status = "enabled"`, value: "Enabled", want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, err := userfilter.Parse(tt.filter)
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.filter, err)
			}
			if got := f.Matches(tt.value); got != tt.want {
				t.Errorf("%s matches %q = %t, want %t", tt.filter, tt.value, got, tt.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{``, `email = "a"`, `name ^= "a\"b\\"`, `"sub"="\\"`, `email = "x" or "y"`, `custom:a = "b"`, "name = \"\x00\xff\""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := userfilter.Parse(text)
		if err != nil {
			return
		}
		again, err := userfilter.Parse(parsed.String())
		if err != nil || again != parsed {
			t.Errorf("Parse(%q) = %+v, which reads back as %+v, %v", text, parsed, again, err)
		}
		if parsed.Attribute != "" && !parsed.Prefix && parsed.Value != "" && !parsed.Matches(parsed.Value) {
			t.Errorf("%s does not match its own value", parsed)
		}
	})
}
