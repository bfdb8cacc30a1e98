package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"callanalyst/stacks/local/solo"
)

// golden is what a sample's replay must come to.
type golden struct {
	Answer any    `json:"answer"`
	Calls  []step `json:"calls"`
}

// readGolden reads a sample's golden file. Without one it returns nil.
func readGolden(s sample) (*golden, error) {
	var g golden
	err := solo.ReadJSON(s.goldenFile(), &g)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return &g, err
}

// write stores g as the sample's golden file, if that changes it.
func (g golden) write(s sample) error {
	text := []byte(g.text())
	if old, err := os.ReadFile(s.goldenFile()); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.WriteFile(s.goldenFile(), text, 0o600); err != nil {
		return fmt.Errorf("write the golden file: %w", err)
	}
	return nil
}

// text is the golden file: JSON with its keys in order.
func (g golden) text() string { return prettyJSON(g) }

// compare returns the difference between what was expected and what came, as
// lines marked - and +, or "" where there is none.
func compare(want *golden, answer any, calls []call) string {
	if want == nil {
		return diffLines("", golden{answer, arrange(nil, calls)}.text())
	}
	return diffLines(want.text(), golden{answer, arrange(want.Calls, calls)}.text())
}

// prettyJSON encodes v for people: indented, and nothing escaped for HTML.
func prettyJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Sprintf("%v\n", v)
	}
	return b.String()
}

// compactJSON encodes v on one line.
func compactJSON(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return string(bytes.TrimSpace(b.Bytes()))
}
