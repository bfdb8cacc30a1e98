package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"callanalyst/pkg/fleet"
)

// sizes builds each function as it is deployed and weighs it.
func (b *bench) sizes(ctx context.Context, functions []fleet.Function) error {
	var rows []row
	for _, f := range functions {
		out := filepath.Join(b.root, ".local", "bench", "arm64", f.Name)
		cmd := exec.CommandContext(ctx, "go", "build", "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false",
			"-ldflags=-s -w -buildid=", "-o", out, "./functions/"+f.Name)
		cmd.Dir = b.root
		cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
		if said, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s for AWS: %w\n%s", f.Name, err, strings.TrimSpace(string(said)))
		}
		info, err := os.Stat(out)
		if err != nil {
			return fmt.Errorf("weigh %s: %w", f.Name, err)
		}
		limit := f.BinaryBudget()
		rows = append(rows, row{f.Name, fmt.Sprintf("≤ %.0f MB", float64(limit)/fleet.MB), fmt.Sprintf("%.1f MB", float64(info.Size())/fleet.MB), atMost(info.Size(), limit), ""})
	}
	b.table.section("Binaries for AWS (linux/arm64, stripped)", rows)
	return nil
}
