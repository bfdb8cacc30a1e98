package main

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// sample is one sample event, by the names of its files.
type sample struct {
	function string // post-confirmation
	name     string // google
	dir      string // the folder of its files
}

// String is what one types to replay the sample.
func (s sample) String() string { return s.function + "/" + s.name }

func (s sample) eventFile() string  { return filepath.Join(s.dir, s.name+".json") }
func (s sample) goldenFile() string { return filepath.Join(s.dir, s.name+".golden.json") }

// findSamples lists the samples under root's events folder, in order.
func findSamples(root string) ([]sample, error) {
	files, err := filepath.Glob(filepath.Join(root, "events", "*", "*.json"))
	if err != nil {
		return nil, fmt.Errorf("find the samples: %w", err)
	}
	var out []sample
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		if strings.Contains(name, ".") { // a golden or a setup
			continue
		}
		dir := filepath.Dir(f)
		out = append(out, sample{function: filepath.Base(dir), name: name, dir: dir})
	}
	slices.SortFunc(out, func(a, b sample) int { return cmp.Compare(a.String(), b.String()) })
	return out, nil
}

// choose returns the samples that the names mean: one each, all of a function,
// or all there are.
func choose(all []sample, names []string) ([]sample, error) {
	var out []sample
	for _, name := range names {
		n := len(out)
		for _, s := range all {
			if name == "all" || name == s.String() || strings.TrimSuffix(name, "/") == s.function {
				out = append(out, s)
			}
		}
		if len(out) == n {
			return nil, unknown(all, name)
		}
	}
	return out, nil
}

// unknown words the error for a name that means nothing, with those it may have
// been meant to be.
func unknown(all []sample, name string) error {
	near := nearest(all, name)
	if len(near) == 0 {
		return fmt.Errorf("there is no sample event %q; go run ./events lists them", name)
	}
	return fmt.Errorf("there is no sample event %q; did you mean %s?", name, strings.Join(near, ", "))
}

// nearest returns up to three samples whose names are a few slips away, or whose
// case is called so under another function.
func nearest(all []sample, name string) []string {
	type match struct {
		name  string
		slips int
	}
	var found []match
	for _, s := range all {
		slips := min(distance(name, s.String()), distance(name, s.name), distance(name, s.function))
		if slips <= 1+len(name)/4 || strings.Contains(s.String(), name) {
			found = append(found, match{s.String(), slips})
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.slips, b.slips) })
	var out []string
	for _, m := range found[:min(3, len(found))] {
		out = append(out, m.name)
	}
	return out
}

// distance counts the letters to insert, drop or change to make a of b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
