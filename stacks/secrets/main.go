// Command secrets fills the secrets that a deploy made empty. Values come from a
// prompt that shows nothing, or from a file; never from an argument, which the
// shell would keep and every process list show.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

func main() {
	ctx := context.Background()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "secrets:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, args []string) error {
	flags := flag.NewFlagSet("secrets", flag.ContinueOnError)
	name := flags.String("stage", "dev", "the stage of cdk.json")
	file := flags.String("file", "", "a JSON file {\"stripe\":{\"secret_key\":\"…\"}}; remove it afterwards")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := stage.Read("cdk.json", *name)
	if err != nil {
		return err
	}
	rows, err := chosen(s, flags.Args())
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(s.Region))
	if err != nil {
		return fmt.Errorf("load the credentials: %w", err)
	}
	f := filler{store: secretsmanager.NewFromConfig(cfg), stage: s, out: w}
	if *file != "" {
		return f.fromFile(ctx, *file, rows)
	}
	return f.fromPrompt(ctx, hidden(os.Stdin, w), rows)
}

// chosen returns the secrets that a person fills: those named, or all but the
// one between CloudFront and the API, which the deploy generates.
func chosen(s stage.Stage, names []string) ([]fleet.Secret, error) {
	all := fleet.Secrets()
	if s.Apple != nil {
		all = append(all, fleet.Secret{Name: "apple", Fields: []string{"private_key"}})
	}
	var out []fleet.Secret
	for _, row := range all {
		if row.Name != "origin" && (len(names) == 0 || slices.Contains(names, row.Name)) {
			out = append(out, row)
		}
	}
	if len(out) < len(names) {
		return nil, fmt.Errorf("%q: not all of these are secrets that a person fills", names)
	}
	return out, nil
}

// hidden reads lines from a terminal without showing them.
func hidden(in *os.File, w io.Writer) func(question string) (string, error) {
	lines := bufio.NewReader(in)
	return func(question string) (string, error) {
		if _, err := fmt.Fprint(w, question); err != nil {
			return "", err
		}
		defer quiet(in, "-echo", w)()
		line, err := lines.ReadString('\n')
		if err != nil && (err != io.EOF || line == "") {
			return "", fmt.Errorf("read the answer: %w", err)
		}
		return strings.TrimSpace(line), nil
	}
}

// quiet turns the terminal's echo off and returns what turns it on again. Where
// there is no terminal nothing is echoed in the first place.
func quiet(in *os.File, mode string, w io.Writer) func() {
	set := func(mode string) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		cmd := exec.CommandContext(ctx, "stty", mode)
		cmd.Stdin = in
		return cmd.Run()
	}
	if set(mode) != nil {
		return func() {}
	}
	return func() {
		_ = set("echo")
		fmt.Fprintln(w)
	}
}
