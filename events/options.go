package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// options are what the command line asks for.
type options struct {
	update bool     // write golden files instead of comparing
	names  []string // samples, functions, or "all"
}

// parseOptions takes flags anywhere: before and behind names and "--", which
// task runners put in front of what they pass on.
func parseOptions(args []string) (options, error) {
	var o options
	for _, a := range args {
		switch {
		case a == "--" || a == "":
		case a == "-update" || a == "--update":
			o.update = true
		case strings.HasPrefix(a, "-"):
			return o, fmt.Errorf("unknown flag %s: there is -update alone", a)
		default:
			o.names = append(o.names, strings.TrimSuffix(strings.TrimPrefix(a, "events/"), ".json"))
		}
	}
	if o.update && len(o.names) == 0 {
		o.names = []string{"all"}
	}
	return o, nil
}

// errNoRoot reports a working directory outside the repository.
var errNoRoot = errors.New("no go.work in this folder or above it: run this inside the repository")

// findRoot returns the repository's root: the nearest folder upward with go.work.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
	}
	return "", errNoRoot
}
