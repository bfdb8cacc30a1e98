package solo_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callanalyst/stacks/local/solo"
)

func TestBrokenJSONNamesFileAndLine(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"a missing comma", "{\n  \"rows\": {}\n  \"users\": []\n}", "x.json:3:3: invalid character"},
		{"an end too soon", "{\n  \"rows\": {", "x.json:2:12: unexpected EOF"},
		{"a field that is none", "{\n  \"row\": {}\n}", "x.json:2:3: json: unknown field"},
		{"a wrong type", "{\n  \"rows\": [1]\n}", "x.json:2:11: json: cannot unmarshal array"},
		{"more than one value", "{}\n{}", "x.json:2:1: the file goes on"},
		{"nothing", "", "x.json:1:1: EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.json")
			if err := os.WriteFile(path, []byte(tt.text), 0o644); err != nil {
				t.Fatal(err)
			}
			err := solo.ReadJSON(path, new(solo.Setup))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("solo.ReadJSON(%q) = %v, want an error with %q", tt.text, err, tt.want)
			}
		})
	}
}

func TestReadSample(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"with.json": "{\n \"a\": \"{{code:1}}\"\n}", "with.setup.json": `{"users":[{"sub":"u1"}]}`, "bare.json": "{}",
		"torn.json": "{", "astray.json": "{}", "astray.setup.json": "[]",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	event, before, err := solo.ReadSample(dir, "with")
	if err != nil || string(event) != `{"a":"{{code:1}}"}` || len(before.Users) != 1 {
		t.Errorf("ReadSample(with) = %s, %+v, %v", event, before, err)
	}
	event, before, err = solo.ReadSample(dir, "bare")
	if err != nil || string(event) != "{}" || before.Users != nil {
		t.Errorf("ReadSample(bare) = %s, %+v, %v", event, before, err)
	}
	for _, name := range []string{"torn", "astray", "absent"} {
		if _, _, err := solo.ReadSample(dir, name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("ReadSample(%s) = %v, want an error that names the file", name, err)
		}
	}
}
