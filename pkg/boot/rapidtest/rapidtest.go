// Package rapidtest makes the property tests of a package the same at every run.
// rapid takes another seed each time: whoever changes one line is told of a defect
// in another. Every day all draws are those of one seed, and not many; fresh ones
// are asked for by rapid's own flags, as `go tool task model` does.
//
//	func TestMain(m *testing.M) { os.Exit(rapidtest.Run(m, 100)) }
package rapidtest

import (
	"flag"
	"fmt"
	"os"
	"strconv"
)

// seed is the everyday one. Any would do.
const seed = 1

// Run runs a package's tests with the everyday seed and that many checks for each
// property, and returns the process's exit code. The flags -rapid.seed (0 is a fresh
// one) and -rapid.checks go before, and so do rapid's variables of the environment.
func Run(m interface{ Run() int }, checks int) int {
	flag.Parse()
	if err := Set(flag.CommandLine, os.LookupEnv, checks); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return m.Run()
}

// Set gives the parsed flags of rapid the everyday values, but for those that
// somebody has given one. An error says that there are no such flags: the tests do
// not use rapid.
func Set(flags *flag.FlagSet, env func(name string) (string, bool), checks int) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, f := range []struct {
		name, env string
		value     int
	}{{"rapid.seed", "RAPID_SEED", seed}, {"rapid.checks", "RAPID_CHECKS", checks}} {
		if _, ok := env(f.env); ok || given[f.name] {
			continue
		}
		if err := flags.Set(f.name, strconv.Itoa(f.value)); err != nil {
			return fmt.Errorf("rapidtest: set -%s: %w", f.name, err)
		}
	}
	return nil
}
