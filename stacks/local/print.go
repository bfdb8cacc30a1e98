package main

import (
	"fmt"
	"io"
	"sync"
	"text/tabwriter"
	"time"

	"callanalyst/stacks/local/stack"
)

// printer writes one line for each step.
func printer(w io.Writer) func(stack.Step) {
	var mu sync.Mutex
	return func(s stack.Step) {
		mu.Lock()
		defer mu.Unlock()
		mark := "✓"
		switch {
		case s.Err != nil:
			mark = "✗"
		case s.Took == 0:
			mark = "·"
		}
		line := fmt.Sprintf("%s %s", mark, s.Name)
		if s.Took > 0 {
			line += " (" + short(s.Took) + ")"
		}
		if s.Note != "" {
			line += ": " + s.Note
		}
		_, _ = fmt.Fprintln(w, line)
		if s.Err != nil {
			_, _ = fmt.Fprintln(w, s.Err)
		}
	}
}

// short rounds a duration for reading.
func short(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// printReady writes the addresses and what to do first.
func printReady(w io.Writer, s *stack.Stack, took time.Duration) {
	_, _ = fmt.Fprintf(w, "\nready in %s\n\n", short(took))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, a := range s.Addresses() {
		_, _ = fmt.Fprintf(table, "  %s\t%s\n", a.URL, a.What)
	}
	_ = table.Flush()
	_, _ = fmt.Fprintf(w, `
The fleet, live: %[1]s/_local
For the aws command and every SDK: AWS_ENDPOINT_URL=%[2]s
Sign up with:
  AWS_ENDPOINT_URL=%[2]s aws cognito-idp sign-up --region us-east-2 --no-sign-request \
    --client-id %[3]s --username you@example.com --password 'Correct-horse-1' \
    --user-attributes Name=email,Value=you@example.com \
    --client-metadata tos_accepted=true,tos_version=2026-06-01
The code is in the inbox: %[4]s
Stop with Ctrl-C.
`, s.URL("edge"), s.URL("aws"), stack.ClientID, s.URL("inbox"))
}
