package solo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ReadJSON decodes a file into v, numbers in an interface as json.Number. Its error names the file, the line and the
// column.
func ReadJSON(path string, v any) error {
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

// ReadSample reads the sample event called name in a folder, and its setup, which
// may be absent. The event is one line of JSON, with its blanks open.
func ReadSample(dir, name string) (event []byte, before Setup, err error) {
	var raw json.RawMessage
	file := filepath.Join(dir, name+".json")
	if err := ReadJSON(file, &raw); err != nil {
		return nil, Setup{}, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return nil, Setup{}, fmt.Errorf("%s: %w", file, err)
	}
	err = ReadJSON(filepath.Join(dir, name+".setup.json"), &before)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return compact.Bytes(), before, err
}
