package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"callanalyst/stacks/local/solo"
)

// readJSON decodes a file into v. Its error names the file, the line and the
// column.
func readJSON(path string, v any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return located(path, text, dec.InputOffset(), err)
	}
	if rest := bytes.TrimSpace(text[dec.InputOffset():]); len(rest) > 0 {
		return located(path, text, int64(len(text)-len(rest)), errors.New("the file goes on after its JSON value"))
	}
	return nil
}

// located puts the place of a JSON error in front of it, as compilers do.
func located(path string, text []byte, offset int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset - 1
	case errors.As(err, &kind):
		offset = kind.Offset - 1
	case errors.Is(err, io.ErrUnexpectedEOF):
		offset = int64(len(text))
	default:
		if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok {
			offset = int64(bytes.Index(text, []byte(field)))
		}
	}
	offset = min(max(offset, 0), int64(len(text)))
	before := text[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := offset - int64(bytes.LastIndexByte(before, '\n'))
	return fmt.Errorf("%s:%d:%d: %w", path, line, column, err)
}

// readSetup reads a sample's setup, which may be absent.
func readSetup(s sample) (solo.Setup, error) {
	var out solo.Setup
	err := readJSON(s.setupFile(), &out)
	if errors.Is(err, fs.ErrNotExist) {
		return solo.Setup{}, nil
	}
	return out, err
}

// readEvent reads a sample's event, checked to be JSON, as it is written.
func readEvent(s sample) ([]byte, error) {
	var raw json.RawMessage
	if err := readJSON(s.eventFile(), &raw); err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return nil, fmt.Errorf("%s: %w", s.eventFile(), err)
	}
	return compact.Bytes(), nil
}
