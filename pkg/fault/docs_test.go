package fault_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// coined matches where a code is made.
var coined = regexp.MustCompile(`fault\.New\(\s*fault\.[A-Za-z]+,\s*"([A-Z_]+)"`)

// TestEveryCodeIsDocumented holds docs/errors.md against the code of the fleet:
// a code without a section there is one that nobody can look up.
func TestEveryCodeIsDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, top := range []string{"../../pkg", "../../functions"} {
		for code, file := range codesUnder(t, top) {
			found++
			if !strings.Contains(string(page), "\n## "+code+"\n") {
				t.Errorf("docs/errors.md has no section %s, which %s makes", code, file)
			}
		}
	}
	if found == 0 {
		t.Error("no code was found at all: has fault.New a new form?")
	}
}

func codesUnder(t *testing.T, top string) map[string]string {
	t.Helper()
	codes := map[string]string{}
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range coined.FindAllStringSubmatch(string(text), -1) {
			codes[m[1]] = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}
