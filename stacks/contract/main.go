// Command contract lets schemathesis, a judge that is not ours, read
// docs/openapi.yaml and try the whole local fleet with whatever the document
// allows and forbids: no answer may break the document, no bad request may be
// accepted, and none may be a 5xx. It starts a fleet of its own on free ports.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"callanalyst/stacks/local/stack"
)

func main() {
	judge := flag.String("judge", ".local/contract-venv/bin/schemathesis", "the program `schemathesis`")
	examples := flag.Int("examples", 40, "fuzzed requests per operation")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *judge, *examples, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "contract:", err)
		stop()
		os.Exit(1)
	}
}

// run starts the fleet, and has it judged twice: the deletion of the account
// comes last, since nothing else answers after it.
func run(ctx context.Context, judge string, examples int, more []string) (err error) {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	home := filepath.Join(root, ".local", "contract")
	if judge, err = filepath.Abs(judge); err != nil {
		return err
	}
	s, err := stack.Start(ctx, stack.Plan{Root: root, Home: home})
	if err != nil {
		return fmt.Errorf("start the fleet: %s", stack.Describe(err))
	}
	defer func() {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		if e := s.Stop(limit); err == nil && e != nil {
			err = fmt.Errorf("stop the fleet: %w", e)
		}
	}()
	token, err := signIn(ctx, s)
	if err != nil {
		return err
	}
	for _, which := range [][]string{
		{"--exclude-operation-id", "deleteAccount"},
		{"--include-operation-id", "deleteAccount"},
	} {
		args := append(arguments(s.URL("edge"), examples), which...)
		cmd := exec.CommandContext(ctx, judge, append(args, more...)...)
		cmd.Dir = home // it leaves its cache where it runs
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		// The header is read from the environment: a command line is seen by all.
		cmd.Env = append(os.Environ(), "CONTRACT_TOKEN="+token)
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("the document and the fleet do not agree (%s): %w", strings.Join(which, " "), err)
		}
	}
	return nil
}

// arguments are what schemathesis is told: the document, where the fleet is and
// what to hold against it. Its other checks ask for what we do not promise: that
// all that has the right form is accepted (a code of the right form may not be
// valid), and 405 for another method, where API Gateway answers 403.
func arguments(url string, examples int) []string {
	return []string{
		"--config-file", "../../stacks/contract/schemathesis.toml",
		"run", "../../docs/openapi.yaml", "--url", url,
		"--max-examples", strconv.Itoa(examples), "--seed", "1", "--workers", "1",
		"--continue-on-failure", "--phases", "examples,coverage,fuzzing",
		"--checks", strings.Join([]string{
			"not_a_server_error", "status_code_conformance", "content_type_conformance",
			"response_headers_conformance", "response_schema_conformance", "negative_data_rejection", "ignored_auth",
		}, ","),
	}
}
