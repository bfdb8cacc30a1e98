package keep_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"callanalyst/stacks/local/keep"
)

// memory is a part whose state is a text.
type memory struct {
	text  string
	saves int
	err   error
}

func (m *memory) part(name string) keep.Part {
	return keep.Part{
		Name: name,
		Save: func() ([]byte, error) { m.saves++; return []byte(m.text), m.err },
		Load: func(doc []byte) error {
			if string(doc) == "broken" {
				return errors.New("not a state")
			}
			m.text = string(doc)
			return nil
		},
	}
}

func store(dir string, parts ...keep.Part) *keep.Store {
	return &keep.Store{Dir: dir, Parts: parts, Log: slog.New(slog.DiscardHandler)}
}

func TestStoreBringsStateBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	users, mails := &memory{text: "ada"}, &memory{text: "hello"}
	if err := store(dir, users.part("users"), mails.part("mails")).Save(); err != nil {
		t.Fatal(err)
	}
	users, mails, other := &memory{}, &memory{}, &memory{text: "new"}
	if err := store(dir, users.part("users"), mails.part("mails"), other.part("other")).Load(); err != nil {
		t.Fatal(err)
	}
	if users.text != "ada" || mails.text != "hello" || other.text != "new" {
		t.Errorf("after Load: %q, %q, %q; want ada, hello and what was new", users.text, mails.text, other.text)
	}
}

func TestSaveWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	m := &memory{text: "one"}
	s := store(dir, m.part("users"))
	file := filepath.Join(dir, "users.json")
	for _, step := range []struct {
		text    string
		rewrite bool
	}{{"one", true}, {"one", false}, {"two", true}} {
		m.text = step.text
		_ = os.Remove(file)
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(file)
		if wrote := err == nil; wrote != step.rewrite {
			t.Errorf("Save with %q wrote %v, want %v", step.text, wrote, step.rewrite)
		}
	}
}

func TestSaveIsPrivateAndLeavesNothingBeside(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := store(dir, (&memory{text: "key"}).part("users")).Save(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("files = %v, %v; want users.json alone", entries, err)
	}
	info, err := entries[0].Info()
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode = %o, want 600", mode)
	}
}

func TestSaveGoesOnAfterAPartThatFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	errBusy := errors.New("busy")
	err := store(dir, (&memory{err: errBusy}).part("first"), (&memory{text: "x"}).part("second")).Save()
	if !errors.Is(err, errBusy) {
		t.Errorf("Save = %v, want the part's error", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "second.json")); err != nil {
		t.Errorf("the second part was not kept: %v", err)
	}
	gone := store(filepath.Join(dir, "none"), (&memory{text: "x"}).part("users"))
	if err := gone.Save(); err == nil {
		t.Error("Save into no folder = nil, want an error")
	}
}

func TestLoadSaysWhichFileToDelete(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "users.json")
	if err := os.WriteFile(file, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := store(dir, (&memory{}).part("users")).Load()
	if err == nil || !strings.Contains(err.Error(), file+" is not usable (delete it to begin anew)") {
		t.Errorf("Load = %v, want it to name the file", err)
	}
}

func TestRunSavesOnEachTick(t *testing.T) {
	t.Parallel()
	m := &memory{text: "x"}
	s := store(t.TempDir(), m.part("users"))
	ctx, cancel := context.WithCancel(t.Context())
	tick, done := make(chan time.Time), make(chan struct{})
	go func() {
		s.Run(ctx, tick)
		close(done)
	}()
	tick <- time.Time{}
	tick <- time.Time{}
	cancel()
	<-done
	if m.saves != 2 {
		t.Errorf("two ticks saved %d times, want 2", m.saves)
	}
}

func TestLockIsForOneFleet(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	unlock, err := keep.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keep.Lock(dir); !errors.Is(err, keep.ErrInUse) {
		t.Errorf("a second Lock = %v, want ErrInUse", err)
	}
	unlock()
	again, err := keep.Lock(dir)
	if err != nil {
		t.Fatalf("Lock after unlock: %v", err)
	}
	again()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keep.Lock(file); err == nil {
		t.Error("Lock of a file = nil, want an error")
	}
}
