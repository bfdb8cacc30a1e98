package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"callanalyst/pkg/migration/backfill"
)

// state is how far a job is: the file says it to the next run, and is the report.
type state struct {
	Job      string             `json:"job"`
	DryRun   bool               `json:"dry_run"`
	Began    time.Time          `json:"began"`
	Updated  time.Time          `json:"updated"`
	Cursor   string             `json:"cursor"`
	Done     bool               `json:"done"`
	Total    int                `json:"total"` // 0 while nobody knows
	Slices   int                `json:"slices"`
	Tally    map[string]int     `json:"tally"`
	Troubles []backfill.Trouble `json:"troubles"`
}

// add takes a slice's report in. Of a slice that was run twice, because its
// answer was lost, the second counts, in which what was done is there already.
func (s *state) add(r backfill.Report, now time.Time) {
	s.Cursor, s.Done, s.Updated, s.Slices = r.Cursor, r.Done, now, s.Slices+1
	if r.Total > 0 {
		s.Total = r.Total
	}
	for what, n := range r.Tally {
		s.Tally[what] += n
	}
	s.Troubles = append(s.Troubles, r.Troubles...)
}

// seen counts the users of all outcomes.
func (s state) seen() (n int) {
	for _, m := range s.Tally {
		n += m
	}
	return n
}

// store is the file with a state.
type store string

// load returns the state of a run that did not end, false if there is none.
func (f store) load() (state, bool, error) {
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, false, nil
	}
	if err != nil {
		return state{}, false, fmt.Errorf("read the last run's state: %w", err)
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil {
		return state{}, false, fmt.Errorf("%s is damaged; run again with -restart, nothing is done twice: %w", f, err)
	}
	if s.Tally == nil {
		s.Tally = map[string]int{}
	}
	return s, !s.Done, nil
}

// save replaces the file in one step: a kill leaves the old one or the new one.
func (f store) save(s state) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the state: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(string(f)), 0o750); err != nil {
		return fmt.Errorf("make the folder for the state: %w", err)
	}
	next := string(f) + ".new"
	if err := os.WriteFile(next, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	if err := os.Rename(next, string(f)); err != nil {
		return fmt.Errorf("keep the state: %w", err)
	}
	return nil
}
