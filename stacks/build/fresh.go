package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
)

// made tells of each function what its binary is made of. The go command links
// anew whenever the build id is stripped, as it is here, so the binaries are
// compared by what went into them instead.
type made map[string]string

// ingredients asks the go command for the build ids of every package below the
// functions; it compiles what is not compiled yet. A function that does not
// compile makes an error, which the build itself then explains.
func ingredients(ctx context.Context, arch string) (made, error) {
	args := append([]string{"list", "-export", "-deps", "-json=ImportPath,Name,BuildID,Deps"}, buildFlags()...)
	cmd := exec.CommandContext(ctx, "go", append(args, "./functions/...")...)
	cmd.Env = environment(arch)
	said, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the packages: %w", err)
	}
	return sums(bytes.NewReader(said), runtime.Version()+" "+arch)
}

// sums reads what `go list` wrote and sums up each program with its packages.
func sums(listed io.Reader, toolchain string) (made, error) {
	type listing struct {
		ImportPath, Name, BuildID string
		Deps                      []string
	}
	ids, programs := map[string]string{}, []listing{}
	for decoder := json.NewDecoder(listed); ; {
		var p listing
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("list the packages: %w", err)
		}
		ids[p.ImportPath] = p.BuildID
		if p.Name == "main" {
			programs = append(programs, p)
		}
	}
	out := made{}
	for _, p := range programs {
		h := sha256.New()
		fmt.Fprintln(h, toolchain, buildFlags())
		slices.Sort(p.Deps)
		for _, d := range append(p.Deps, p.ImportPath) {
			fmt.Fprintln(h, d, ids[d])
		}
		out[path.Base(p.ImportPath)] = hex.EncodeToString(h.Sum(nil))
	}
	return out, nil
}

// note is where a function's binary has its sum: beside its folder, which is
// what AWS gets.
func note(out, function string) string { return filepath.Join(out, function+".sum") }

// fresh reports whether the binary is there and made of the same.
func (m made) fresh(out, function string) bool {
	sum, ok := m[function]
	text, err := os.ReadFile(note(out, function))
	if !ok || err != nil {
		return false
	}
	info, err := os.Stat(filepath.Join(out, function, "bootstrap"))
	return err == nil && string(text) == line(sum, info.Size())
}

// keep notes what a new binary was made of.
func (m made) keep(out, function string, size int64) error {
	sum, ok := m[function]
	if !ok {
		return nil
	}
	return os.WriteFile(note(out, function), []byte(line(sum, size)), 0o600)
}

func line(sum string, size int64) string { return fmt.Sprintf("%s %d\n", sum, size) }
