package dotenv_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/dotenv"
)

func TestParse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       map[string]string
	}{
		{name: "an empty file", text: "", want: map[string]string{}},
		{name: "a bare value", text: "STRIPE_SECRET_KEY=sk_test_1", want: map[string]string{"STRIPE_SECRET_KEY": "sk_test_1"}},
		{name: "spaces around", text: "  A = b c  \n", want: map[string]string{"A": "b c"}},
		{name: "an empty value", text: "A=", want: map[string]string{"A": ""}},
		{name: "comments and blank lines", text: "# first\n\nA=1 # why\nB=#2\n", want: map[string]string{"A": "1", "B": ""}},
		{name: "a hash within a value", text: "A=x#y", want: map[string]string{"A": "x#y"}},
		{name: "an equals sign within a value", text: "A=x==", want: map[string]string{"A": "x=="}},
		{name: "export", text: "export A=1", want: map[string]string{"A": "1"}},
		{name: "single quotes keep everything", text: `A='x\n # y'`, want: map[string]string{"A": `x\n # y`}},
		{name: "double quotes know escapes", text: `A="x\n\"y\" \\n" # why`, want: map[string]string{"A": "x\n\"y\" \\n"}},
		{name: "the last one counts", text: "A=1\nA=2", want: map[string]string{"A": "2"}},
		{name: "Windows line ends and a byte order mark", text: "\ufeffA=1\r\nB=2\r\n", want: map[string]string{"A": "1", "B": "2"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := dotenv.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParseNamesTheLineAndNotItsText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, want string
	}{
		{name: "no equals sign", text: "A=1\nsk_live_secret", want: "line 2"},
		{name: "a name with a dash", text: "A-B=sk_live_secret", want: "line 1"},
		{name: "a name that begins with a digit", text: "1A=sk_live_secret", want: "line 1"},
		{name: "a quote that is not closed", text: `A="sk_live_secret`, want: "line 1 (A)"},
		{name: "an escaped quote does not close", text: `A="sk_live_secret\"`, want: "line 1 (A)"},
		{name: "text behind the quote", text: `A='x' sk_live_secret`, want: "line 1 (A)"},
		{name: "not text", text: "A=\xff", want: "not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := dotenv.Parse(tt.text)
			if !errors.Is(err, dotenv.ErrSyntax) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Parse(%q) = %v, want ErrSyntax with %q", tt.text, err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error repeats the value: %v", err)
			}
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), ".env")
	if got, err := dotenv.Read(file); err != nil || len(got) != 0 {
		t.Errorf("Read of no file = %v, %v; want nothing", got, err)
	}
	if err := os.WriteFile(file, []byte("A=1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := dotenv.Read(file); err != nil || got["A"] != "1" {
		t.Errorf("Read = %v, %v; want A=1", got, err)
	}
	if _, err := dotenv.Read(t.TempDir()); err == nil {
		t.Error("Read of a folder = nil, want an error")
	}
}

// Whatever is read once can be written in single quotes and read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"A=1", "export B='x # y'", "C=\"a\\n\\\"b\"", "# c\nD= e # f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := dotenv.Parse(text)
		if err != nil {
			return
		}
		for name, v := range values {
			if strings.ContainsAny(v, "'\n\r") {
				continue
			}
			again, err := dotenv.Parse(name + "='" + v + "'")
			if err != nil || again[name] != v {
				t.Errorf("%s=%q is read again as %q, %v", name, v, again[name], err)
			}
		}
	})
}
