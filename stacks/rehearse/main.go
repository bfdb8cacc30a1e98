// Command rehearse deploys the synthesised stacks for real, into ministack, an
// emulator of AWS on this machine, and calls what it deployed: through API
// Gateway, Cognito's trigger, the schedules and the topic, with the functions'
// own binaries. What the emulator cannot deploy is left out by the stage
// "rehearsal" of cdk.json and named in the output.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"callanalyst/stacks/aws/stage"
)

func main() {
	keep := flag.Bool("keep", false, "leave the emulator running until Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "rehearse:", err)
		stop()
		os.Exit(1)
	}
}

const home = ".local/rehearse"

// run is the whole rehearsal, in the order of a real first deploy.
func run(ctx context.Context, w io.Writer, keep bool) error {
	s, err := stage.Read("cdk.json", "rehearsal")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(home + "/keys"); err != nil {
		return err
	}
	fmt.Fprintln(w, "Building the functions for this machine…")
	if err := build(ctx); err != nil {
		return err
	}
	e, err := start(ctx, s.Region)
	if err != nil {
		return err
	}
	defer e.stop()
	results, err := rehearse(ctx, w, s, e)
	if err != nil {
		return err
	}
	if err := print(w, s, results); err != nil {
		return err
	}
	if keep {
		fmt.Fprintf(w, "\nThe emulator runs at %s until Ctrl-C.\n", e.url)
		<-ctx.Done()
	}
	return failed(results)
}

// build makes the functions for this machine's architecture. A binary over its
// size budget is `task build`'s business.
func build(ctx context.Context) error {
	cmd := exec.CommandContext(ctx, "go", "run", "./stacks/build", "-arch", runtime.GOARCH, "-out", home+"/dist")
	said, err := cmd.CombinedOutput()
	if err != nil && !strings.Contains(string(said), "over the size budget") {
		return fmt.Errorf("build the functions: %w\n%s", err, said)
	}
	return nil
}

// rehearse deploys, hands the pool's keys over as a second deploy does, and
// calls what is there.
func rehearse(ctx context.Context, w io.Writer, s stage.Stage, e *emulator) ([]result, error) {
	c := cdk{emulator: e, stage: s}
	fmt.Fprintln(w, "Deploying…")
	if _, err := c.run(ctx, "bootstrap", "aws://"+s.Account+"/"+s.Region); err != nil {
		return nil, err
	}
	began := time.Now()
	if _, err := c.deploy(ctx); err != nil {
		return nil, err
	}
	results := []result{{"the five stacks deploy", fmt.Sprintf("%.0f s with the synthesis", time.Since(began).Seconds()), nil}}
	made, err := c.outputs()
	if err != nil {
		return nil, err
	}
	p := newProbe(e, s, made)
	if err := p.keepKeys(ctx, home+"/keys"); err != nil {
		return nil, err
	}
	fmt.Fprintln(w, "Deploying again, with the pool's keys…")
	if _, err := c.deploy(ctx); err != nil {
		return nil, err
	}
	results = append(results, p.all(ctx)...)
	fmt.Fprintln(w, "Deploying once more, which should change nothing…")
	said, err := c.deploy(ctx)
	if err != nil {
		return nil, err
	}
	return append(results, unchanged(said)), nil
}

// result is one thing that was tried, and what was seen.
type result struct {
	what, saw string
	err       error
}

func print(w io.Writer, s stage.Stage, results []result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "\n\twhat\tseen")
	for _, r := range results {
		mark, saw := "ok", r.saw
		if r.err != nil {
			mark, saw = "FAILED", r.err.Error()
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", mark, r.what, saw)
	}
	fmt.Fprintf(t, "\nLeft out, since the emulator lacks them: %s.\n", strings.Join(s.Without, ", "))
	return t.Flush()
}

func failed(results []result) error {
	n := 0
	for _, r := range results {
		if r.err != nil {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d checks failed", n, len(results))
	}
	return nil
}
