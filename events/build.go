package main

import (
	"context"
	"path/filepath"
	"time"

	fleetbuild "callanalyst/stacks/local/build"
)

// build compiles the samples' functions for this machine, those that changed,
// and returns the path of each one's binary.
func build(ctx context.Context, root string, chosen []sample) (map[string]string, error) {
	b := fleetbuild.Builder{Root: root, Out: filepath.Join(root, ".local", "replay"), Now: time.Now}
	var names []string
	binaries := map[string]string{}
	for _, s := range chosen {
		if _, ok := binaries[s.function]; !ok {
			names = append(names, s.function)
		}
		binaries[s.function] = ""
	}
	err := b.All(ctx, names, func(r fleetbuild.Built) { binaries[r.Function] = r.Binary })
	return binaries, err
}
