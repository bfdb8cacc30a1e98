package cloud_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testsOfTheTree returns the name of every test of the repository.
func testsOfTheTree(t *testing.T) map[string]bool {
	t.Helper()
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	out := map[string]bool{}
	for _, folder := range []string{"events", "functions", "pkg", "stacks"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				out[m[1]] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestEveryTestThatADocumentNamesIsThere holds the pages that promise a test to
// the tree: a test that goes or is renamed takes its promise along.
func TestEveryTestThatADocumentNamesIsThere(t *testing.T) {
	t.Parallel()
	known := testsOfTheTree(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+)`")
	for page, least := range map[string]int{"decisions/cdk-traps.md": 60, "security.md": 60} {
		text, err := os.ReadFile(filepath.Join(root, "docs", page))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found[m[1]] = true
			if !known[m[1]] {
				t.Errorf("docs/%s names %s, which is no test", page, m[1])
			}
		}
		if len(found) < least {
			t.Errorf("docs/%s names %d tests, want at least %d", page, len(found), least)
		}
	}
}

// TestEveryOwnMetricHasItsLineInTheRunbook wants a line for each alarm that a
// row of the manifest brings.
func TestEveryOwnMetricHasItsLineInTheRunbook(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "runbook.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## A function reports trouble")
	lines := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (.*?) \|`).FindAllStringSubmatch(table, -1) {
		for _, m := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[1], -1) {
			lines[m[1]] = true
		}
	}
	for _, f := range rows() {
		for _, a := range f.Alarms {
			if !lines[a.Metric] && !strings.HasPrefix(f.Name, "sample-") {
				t.Errorf("%s alarms on %s, and docs/runbook.md has no line that says what to do", f.Name, a.Metric)
			}
			delete(lines, a.Metric)
		}
	}
	for metric := range lines {
		t.Errorf("docs/runbook.md has a line for %s, on which nothing alarms", metric)
	}
}
