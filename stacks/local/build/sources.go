package build

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// ErrUnlisted reports a function that was not among those whose packages were
// listed.
var ErrUnlisted = errors.New("is not listed")

// keepScan is how long the sum of a folder serves: 30 functions that share 20
// packages should not read them 30 times.
const keepScan = 100 * time.Millisecond

// sources knows the folders that each function is made of. The zero value is
// ready; it is safe for concurrent use.
type sources struct {
	mu      sync.Mutex
	folders map[string][]string // by function
	sums    map[string]string   // by folder
	summed  time.Time
}

// load asks the go command for the packages of every function.
func (s *sources) load(ctx context.Context, root string, functions []string) error {
	if len(functions) == 0 {
		return nil
	}
	args := []string{"list", "-e", "-tags", "lambda.norpc", "-f", `{{.Dir}}{{with .Module}} {{.Path}}{{end}}{{range .Deps}} {{.}}{{end}}`}
	for _, f := range functions {
		args = append(args, "./functions/"+f)
	}
	said, err := goCommand(ctx, root, args...)
	if err != nil {
		return fmt.Errorf("build: list the functions' packages: %w:\n%s", err, indent(said))
	}
	folders := map[string][]string{}
	lines := bufio.NewScanner(strings.NewReader(said))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) > 0 {
			folders[filepath.Base(f[0])] = made(root, f)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.folders, s.sums = folders, nil
	return lines.Err()
}

// made returns the folders and files of one line: its own folder, its module's
// path and the packages it depends on.
func made(root string, line []string) []string {
	out := []string{line[0], filepath.Join(root, "go.mod"), filepath.Join(root, "go.sum")}
	if len(line) < 2 {
		return out
	}
	for _, p := range line[2:] {
		if rest, ok := strings.CutPrefix(p, line[1]+"/"); ok {
			out = append(out, filepath.Join(root, rest))
		}
	}
	return out
}

// stamp sums up the function's sources.
func (s *sources) stamp(function string, now time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	folders, ok := s.folders[function]
	if !ok {
		return "", fmt.Errorf("build: %s %w", function, ErrUnlisted)
	}
	if s.sums == nil || now.Sub(s.summed) > keepScan {
		s.sums, s.summed = map[string]string{}, now
	}
	h := sha256.New()
	_, _ = fmt.Fprintln(h, toolchain())
	for _, f := range folders {
		if s.sums[f] == "" {
			s.sums[f] = sum(f)
		}
		_, _ = fmt.Fprintln(h, f, s.sums[f])
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// sum reads a file's or a folder's paths, sizes and times of change. What cannot
// be read is part of it: the compiler will say why.
func sum(path string) string {
	h := sha256.New()
	err := filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != path && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		return write(h, p, d)
	})
	return fmt.Sprintf("%x %v", h.Sum(nil), err)
}

// write adds one file. Tests are not part of a binary.
func write(h hash.Hash, path string, d fs.DirEntry) error {
	if !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go") {
		return nil
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(h, path, info.Size(), info.ModTime().UnixNano())
	return nil
}
