package rapidtest_test

import (
	"flag"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"callanalyst/pkg/boot/rapidtest"
)

func TestMain(m *testing.M) { os.Exit(rapidtest.Run(m, 3)) }

func TestSet(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		args   []string
		env    map[string]string
		seed   uint64
		checks int
	}{
		{name: "every day", seed: 1, checks: 40},
		{name: "a fresh seed", args: []string{"-rapid.seed=0"}, seed: 0, checks: 40},
		{name: "the seed of a failure", args: []string{"-rapid.seed=3430407610183105079"}, seed: 3430407610183105079, checks: 40},
		{name: "more of the same", args: []string{"-rapid.checks=1500"}, seed: 1, checks: 1500},
		{name: "more, and fresh", args: []string{"-rapid.checks=1500", "-rapid.seed=0"}, seed: 0, checks: 1500},
		{name: "the environment's seed, which rapid has read itself", env: map[string]string{"RAPID_SEED": "7"}, seed: 7, checks: 40},
		{name: "the environment's number", env: map[string]string{"RAPID_CHECKS": "8"}, seed: 1, checks: 8},
	}
	for _, tt := range tests {
		flags := flag.NewFlagSet(tt.name, flag.ContinueOnError)
		seed, checks := uint64(0), 100
		if tt.env["RAPID_SEED"] != "" {
			seed = tt.seed
		}
		if tt.env["RAPID_CHECKS"] != "" {
			checks = tt.checks
		}
		flags.Uint64Var(&seed, "rapid.seed", seed, "")
		flags.IntVar(&checks, "rapid.checks", checks, "")
		if err := flags.Parse(tt.args); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		env := func(name string) (string, bool) { v, ok := tt.env[name]; return v, ok }
		if err := rapidtest.Set(flags, env, 40); err != nil || seed != tt.seed || checks != tt.checks {
			t.Errorf("%s: Set = %v with seed %d and %d checks, want seed %d and %d", tt.name, err, seed, checks, tt.seed, tt.checks)
		}
	}
}

func TestWithoutRapidThereIsNothingToSet(t *testing.T) {
	t.Parallel()
	none := func(string) (string, bool) { return "", false }
	if err := rapidtest.Set(flag.NewFlagSet("none", flag.ContinueOnError), none, 40); err == nil {
		t.Error("Set without rapid's flags = nil, want an error")
	}
}

// TestTheDrawsAreTheSame holds that what rapid draws follows from its flags: without
// a fresh seed two properties are given the same.
func TestTheDrawsAreTheSame(t *testing.T) {
	t.Parallel()
	draws := func() (all []int) {
		rapid.Check(t, func(rt *rapid.T) { all = append(all, rapid.Int().Draw(rt, "n")) })
		return all
	}
	fresh := flag.Lookup("rapid.seed").Value.String() == "0"
	if a, b := draws(), draws(); len(a) == 0 || slices.Equal(a, b) == fresh {
		t.Errorf("with a fresh seed %t: draws %v, then %v", fresh, a, b)
	}
}
