package fleet_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/fleet"
)

var update = flag.Bool("update", false, "rewrite the README's table of functions")

// root is the repository's, from this package's folder.
const root = "../.."

func TestEveryFolderOfFunctionsHasItsRow(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(names(), folders(t, "functions")); diff != "" {
		t.Errorf("functions/ and the manifest differ (-manifest +functions/):\n%s", diff)
	}
}

func TestEveryFunctionHasItsSamples(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(names(), folders(t, "events")); diff != "" {
		t.Errorf("events/ and the manifest differ (-manifest +events/):\n%s", diff)
	}
	for _, f := range fleet.Functions() {
		if n := samples(t, f.Name); n == 0 {
			t.Errorf("events/%s has no sample event", f.Name)
		}
	}
}

// samples counts a function's sample events, each of which has its golden.
func samples(t *testing.T, function string) (n int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "events", function, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		base := strings.TrimSuffix(filepath.Base(file), ".json")
		name, kind, _ := strings.Cut(base, ".")
		switch kind {
		case "":
			n++
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), name+".golden.json")); err != nil {
				t.Errorf("%s has no golden beside it: go run ./events -- -update %s/%s", file, function, name)
			}
		case "golden", "setup":
			if !slices.Contains(files, filepath.Join(filepath.Dir(file), name+".json")) {
				t.Errorf("%s belongs to no sample event", file)
			}
		default:
			t.Errorf("%s is neither a sample event, nor its golden, nor its setup", file)
		}
	}
	return n
}

func TestREADMEShowsTheManifest(t *testing.T) {
	t.Parallel()
	path := filepath.Join(root, "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, begun := strings.Cut(string(text), fleet.ReadmeBegin+"\n")
	got, tail, ended := strings.Cut(rest, fleet.ReadmeEnd)
	if !begun || !ended {
		t.Fatalf("README.md lacks the lines %q and %q", fleet.ReadmeBegin, fleet.ReadmeEnd)
	}
	want := "\n" + fleet.ReadmeTable() + "\n"
	if got == want {
		return
	}
	if !*update {
		t.Fatalf("the README's table is not the manifest's; go test ./pkg/fleet -update rewrites it (-README +manifest):\n%s", cmp.Diff(got, want))
	}
	text = []byte(head + fleet.ReadmeBegin + "\n" + want + fleet.ReadmeEnd + tail)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadmeTableHasARowForEachFunction(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSuffix(fleet.ReadmeTable(), "\n"), "\n")
	if got, want := len(lines), 2+len(fleet.Functions()); got != want {
		t.Fatalf("ReadmeTable has %d lines, want %d", got, want)
	}
	columns := strings.Count(lines[0], "|")
	for i, line := range lines {
		if got := strings.Count(line, "|") - strings.Count(line, `\|`); got != columns {
			t.Errorf("line %d has %d bars, want %d: %s", i+1, got, columns, line)
		}
	}
	const want = "| [profile-get](functions/profile-get) | GET /api/profile |"
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, want) }) {
		t.Errorf("ReadmeTable has no row that begins %q", want)
	}
}

func names() []string {
	var out []string
	for _, f := range fleet.Functions() {
		out = append(out, f.Name)
	}
	slices.Sort(out)
	return out
}

// folders lists the folders in a folder of the repository.
func folders(t *testing.T, name string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "testdata" {
			out = append(out, e.Name())
		}
	}
	return out
}
