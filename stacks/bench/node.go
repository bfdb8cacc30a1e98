package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"callanalyst/pkg/fleet"
)

// rival is the function that is written for Node as well, in the folder node.
const rival = "profile-get"

// eventsEach is how many events one process of either kind is handed.
const eventsEach = 11

// errNode reports a machine on which the comparison cannot run.
var errNode = errors.New("node and npm are needed to compare with Node; -node=false leaves it out")

// againstNode measures the same job done by Node: the same events, the same
// upstreams, the same stop-watch.
func (b *bench) againstNode(ctx context.Context, _ []fleet.Function) error {
	f, ok := fleet.Find(rival)
	if !ok || b.binaries[rival] == "" {
		return nil
	}
	dir, version, err := b.installNode(ctx)
	if err != nil {
		return err
	}
	ours, err := b.readings(ctx, f, b.runs, eventsEach)
	if err != nil {
		return fmt.Errorf("%s: %w", rival, err)
	}
	var theirs []reading
	for range b.runs {
		r, err := b.once(ctx, f, eventsEach, func(env []string) *exec.Cmd { return nodeCommand(ctx, dir, env) })
		if err != nil {
			return fmt.Errorf("%s in Node: %w", rival, err)
		}
		theirs = append(theirs, r)
	}
	b.table.section(fmt.Sprintf("%s against the same job in Node %s, %d processes of each, %d events", rival, version, b.runs, eventsEach), versus(ours, theirs))
	return nil
}

// versus sets the medians of two runtimes side by side.
func versus(ours, theirs []reading) []row {
	type figure struct {
		what  string
		least float64
		of    func(reading) float64
		unit  string
		scale float64
	}
	figures := []figure{
		{"CPU of a cold start and its event", 15, func(r reading) float64 { return float64(r.initial + r.cold) }, "ms", 1e6},
		{"CPU of a warm event", 3, func(r reading) float64 { return float64(r.warm) }, "ms", 1e6},
		{"peak memory", 6, func(r reading) float64 { return float64(r.memory) }, "MB", 1 << 20},
		{"events 2 to 11, all together", 3, func(r reading) float64 { return float64(sum(r.took[1:])) }, "ms", 1e6},
		{"spawn to first answer", 0, func(r reading) float64 { return float64(r.first) }, "ms", 1e6},
	}
	var rows []row
	for _, f := range figures {
		a, b := median(each(ours, f.of)), median(each(theirs, f.of))
		r := row{what: f.what, measured: fmt.Sprintf("%.1f×", b/a), note: fmt.Sprintf("%.2f against %.2f %s", a/f.scale, b/f.scale, f.unit)}
		if f.least > 0 {
			r.budget, r.state = fmt.Sprintf("≥ %.0f×", f.least), atLeast(b/a, f.least)
		}
		rows = append(rows, r)
	}
	return rows
}

func sum(list []time.Duration) (total time.Duration) {
	for _, d := range list {
		total += d
	}
	return total
}

// installNode installs the pinned packages and bundles the handler. It returns
// the folder and Node's version.
func (b *bench) installNode(ctx context.Context) (dir, version string, err error) {
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return "", "", errNode
	}
	dir = filepath.Join(b.root, ".local", "bench", "node")
	if err := copyFolder(dir, filepath.Join(b.root, "stacks", "bench", "node")); err != nil {
		return "", "", err
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); err != nil {
		if err := command(ctx, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
			return "", "", err
		}
	}
	err = command(ctx, dir, "npx", "--no-install", "esbuild", "handler.mjs", "--bundle", "--platform=node", "--target=node20", "--format=esm",
		"--minify", "--splitting", "--outdir=task", "--out-extension:.js=.mjs", "--log-level=error",
		"--banner:js=import{createRequire}from'node:module';const require=createRequire(import.meta.url);")
	return dir, strings.TrimSpace(string(out)), err
}

// copyFolder copies a folder's files over those of another.
func copyFolder(to, from string) error {
	files, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil {
		return fmt.Errorf("list %s: %w", from, err)
	}
	if err := os.MkdirAll(to, 0o750); err != nil {
		return fmt.Errorf("make %s: %w", to, err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return fmt.Errorf("read %s: %w", f, err)
		}
		//nolint:gosec // the names are those of the repository's own folder
		if err := os.WriteFile(filepath.Join(to, filepath.Base(f)), text, 0o600); err != nil {
			return fmt.Errorf("copy %s: %w", f, err)
		}
	}
	return nil
}

func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, args[0], err, strings.TrimSpace(string(said)))
	}
	return nil
}

// nodeCommand runs the bundle under Lambda's own runtime client for Node.
func nodeCommand(ctx context.Context, dir string, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "node", "--require", filepath.Join(dir, "transport.cjs"),
		filepath.Join(dir, "node_modules", "aws-lambda-ric", "bin", "index.mjs"), "handler.handler")
	cmd.Dir = filepath.Join(dir, "task")
	cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "_HANDLER=handler.handler", "LAMBDA_TASK_ROOT="+cmd.Dir, "AWS_LAMBDA_LOG_GROUP_NAME=x", "AWS_LAMBDA_LOG_STREAM_NAME=x")
	return cmd
}
