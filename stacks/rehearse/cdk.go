package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"callanalyst/stacks/aws/stage"
)

// cdk is the pinned command line, pointed at the emulator.
type cdk struct {
	emulator *emulator
	stage    stage.Stage
}

// run calls the command line from a folder without an app: bootstrap needs none.
func (c cdk) run(ctx context.Context, args ...string) (string, error) {
	return c.in(ctx, home, args...)
}

func (c cdk) in(ctx context.Context, dir string, args ...string) (string, error) {
	bin, err := filepath.Abs(".local/cdk/node_modules/.bin/cdk")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, bin, append(args, "--no-notices")...)
	cmd.Env, cmd.Dir = c.emulator.env, dir
	said, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cdk %s: %w\n%s", args[0], err, tail(string(said), 40))
	}
	return string(said), nil
}

func (c cdk) deploy(ctx context.Context) (string, error) {
	return c.in(ctx, ".", "deploy", "--all", "--require-approval", "never", "--progress", "events",
		"--context", "stage="+c.stage.Name, "--context", "dist="+home+"/dist", "--context", "keys="+home+"/keys",
		"--context", "site=stacks/aws/cloud/testdata/site",
		"--output", home+"/cdk.out", "--outputs-file", home+"/outputs.json")
}

// outputs are the stacks' outputs, by stack and name.
type outputs map[string]map[string]string

func (c cdk) outputs() (outputs, error) {
	text, err := os.ReadFile(home + "/outputs.json")
	if err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	var all outputs
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	return all, nil
}

// unchanged judges what a deploy said when nothing was to change.
func unchanged(said string) result {
	r := result{what: "a deploy without a change changes nothing"}
	n := strings.Count(said, "(no changes)")
	r.saw = fmt.Sprintf("%d stacks without changes", n)
	if want := len(stage.Stacks()); n != want {
		r.err = fmt.Errorf("%d stacks of %d had no changes", n, want)
	}
	return r
}

// tail keeps the last lines of a long text.
func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
