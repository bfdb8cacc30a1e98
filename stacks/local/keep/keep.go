// Package keep stores the state of stand-ins in a folder, so that a fleet that
// is started again goes on where it was.
package keep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"
)

// Part is one stand-in. Its name becomes a file's.
type Part struct {
	Name string
	Save func() ([]byte, error)
	Load func([]byte) error
}

// Store keeps parts in Dir. Its methods must not be called concurrently.
type Store struct {
	Dir   string
	Parts []Part
	Log   *slog.Logger

	written map[string][]byte
}

// Load gives every part what was kept of it; a part without a file stays as it is.
func (s *Store) Load() error {
	for _, p := range s.Parts {
		doc, err := os.ReadFile(s.file(p))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("keep: read the state of %s: %w", p.Name, err)
		}
		if err := p.Load(doc); err != nil {
			return fmt.Errorf("keep: %s is not usable (delete it to begin anew): %w", s.file(p), err)
		}
	}
	return nil
}

// Save writes every part that has changed. A file is replaced at once: whoever
// stops this process finds the old state or the new one, never half of it.
func (s *Store) Save() error {
	var errs []error
	for _, p := range s.Parts {
		errs = append(errs, s.save(p))
	}
	return errors.Join(errs...)
}

func (s *Store) save(p Part) error {
	doc, err := p.Save()
	if err != nil {
		return fmt.Errorf("keep: take the state of %s: %w", p.Name, err)
	}
	if old, ok := s.written[p.Name]; ok && bytes.Equal(old, doc) {
		return nil
	}
	if err := replace(s.file(p), doc); err != nil {
		return fmt.Errorf("keep: write the state of %s: %w", p.Name, err)
	}
	if s.written == nil {
		s.written = map[string][]byte{}
	}
	s.written[p.Name] = doc
	return nil
}

// Run saves on every tick until ctx ends.
func (s *Store) Run(ctx context.Context, tick <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
			if err := s.Save(); err != nil {
				s.Log.Error("state was not kept", "error", err)
			}
		}
	}
}

func (s *Store) file(p Part) string { return filepath.Join(s.Dir, p.Name+".json") }

// replace writes a file that only its owner may read, since it may hold keys.
func replace(file string, doc []byte) (err error) {
	next, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(next.Name())
		}
	}()
	_, err = next.Write(doc)
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return err
	}
	return os.Rename(next.Name(), file)
}
