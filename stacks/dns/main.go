// Command dns prints the records that the domain needs at Cloudflare, all of
// them DNS-only: for mail, those that the last deploy made, and for the site.
// With -zone it prints text that Cloudflare imports, and with -check it looks the
// live ones up and says what differs.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"text/tabwriter"
	"time"

	"callanalyst/stacks/aws/stage"
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := run(ctx, os.Stdout, net.DefaultResolver, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dns:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, w io.Writer, live resolver, args []string) error {
	flags := flag.NewFlagSet("dns", flag.ContinueOnError)
	name := flags.String("stage", "dev", "the stage of cdk.json")
	zone := flags.Bool("zone", false, "print text that Cloudflare imports")
	check := flags.Bool("check", false, "look the live records up")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s, err := stage.Read("cdk.json", *name)
	if err != nil {
		return err
	}
	made, err := readOutputs(s)
	if err != nil {
		return err
	}
	all := records(s, made)
	switch {
	case *zone:
		return printZone(w, all)
	case *check:
		return compare(ctx, w, live, all)
	}
	return printTable(w, all)
}

// outputs are the stacks' outputs, by stack and name.
type outputs map[string]map[string]string

// readOutputs reads what the last deploy made. Before the first there is none.
func readOutputs(s stage.Stage) (outputs, error) {
	text, err := os.ReadFile(s.OutputsFile())
	if errors.Is(err, fs.ErrNotExist) {
		return outputs{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	var all outputs
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", s.OutputsFile(), err)
	}
	return all, nil
}

func printTable(w io.Writer, all []record) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "type\tname\tvalue\twhat for")
	for _, r := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", r.kind, r.name, r.shown(), r.purpose)
	}
	fmt.Fprintln(t, "\nAll of them are DNS-only (grey cloud). The root has one SPF record at most: the mailbox provider's.")
	return t.Flush()
}

// printZone writes the records as a zone file. What is not known yet is left out
// and said in a comment.
func printZone(w io.Writer, all []record) error {
	for _, r := range all {
		line := fmt.Sprintf("%s.\t300\tIN\t%s\t%s\n", r.name, r.kind, r.zoned())
		if r.value == "" {
			line = fmt.Sprintf("; %s %s: known after the first deploy\n", r.kind, r.name)
		}
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
	}
	return nil
}
