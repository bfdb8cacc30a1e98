package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"callanalyst/stacks/local/stack"
)

// plan reads the flags.
func plan(args []string) (stack.Plan, error) {
	p := stack.Plan{Ports: map[string]int{}, Tell: printer(os.Stdout), Log: logger()}
	fs := flag.NewFlagSet("local", flag.ContinueOnError)
	given := map[string]*int{}
	for _, port := range stack.Ports() {
		given[port.Name] = fs.Int(port.Name, port.Default, "port of "+port.What)
	}
	shift := fs.Int("shift", 0, "move every port by this much, so that a second fleet can run beside the first")
	fs.StringVar(&p.Root, "root", ".", "the repository")
	fs.StringVar(&p.Home, "home", "", "folder of binaries and outputs.json (default .local, or .local/<edge port> where that port is moved)")
	fs.StringVar(&p.Data, "data", "", "folder that keeps the state (default: in memory, gone at the end)")
	fs.StringVar(&p.Latency, "latency", "", "let stand-ins answer as late as the real parties: p50 or p95")
	fs.StringVar(&p.Country, "country", "US", "country of visitors who name none; none leaves it out")
	fs.BoolVar(&p.Java, "java", false, "run Amazon's DynamoDB Local (needs Java 17) instead of dynoxide")
	still := fs.Bool("no-watch", false, "do not rebuild functions when their sources change")
	if err := fs.Parse(args); err != nil {
		return p, err
	}
	if fs.NArg() > 0 {
		return p, fmt.Errorf("unexpected %q: local takes flags only, see -help", fs.Arg(0))
	}
	for name, port := range given {
		p.Ports[name] = *port + *shift
	}
	p.Watch = !*still
	return p, absolute(&p)
}

// absolute settles the folders.
func absolute(p *stack.Plan) (err error) {
	if p.Root, err = filepath.Abs(p.Root); err != nil {
		return fmt.Errorf("find the repository: %w", err)
	}
	if p.Home == "" {
		p.Home = filepath.Join(p.Root, ".local")
		if port := p.Ports["edge"]; port != stack.Ports()[0].Default {
			p.Home = filepath.Join(p.Home, strconv.Itoa(port))
		}
	}
	if p.Home, err = filepath.Abs(p.Home); err != nil {
		return fmt.Errorf("find -home: %w", err)
	}
	if p.Data != "" {
		p.Data, err = filepath.Abs(p.Data)
	}
	return err
}
