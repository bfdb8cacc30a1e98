package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// build compiles the samples' functions for this machine and returns the path of
// each one's binary. The compiler's own cache makes a second time quick.
func build(ctx context.Context, root string, chosen []sample) (map[string]string, error) {
	dir := filepath.Join(root, ".local", "replay")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a folder for the binaries: %w", err)
	}
	out := map[string]string{}
	args := []string{"build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false", "-o", dir + string(filepath.Separator)}
	for _, s := range chosen {
		if out[s.function] == "" {
			out[s.function] = filepath.Join(dir, s.function)
			args = append(args, "./functions/"+s.function)
		}
	}
	slices.Sort(args[slices.Index(args, "-o")+2:])
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the functions: %w\n%s", err, strings.TrimSpace(string(text)))
	}
	return out, nil
}
