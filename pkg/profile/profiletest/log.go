package profiletest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// Log keeps the lines that processes write. It is safe for concurrent use.
type Log struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p)
}

// String returns all lines.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// Reset forgets all lines.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Reset()
}

// Codes returns the code of each line that has one, in order.
func (l *Log) Codes(tb testing.TB) []string {
	tb.Helper()
	var out []string
	for line := range strings.Lines(l.String()) {
		var v struct {
			Code string `json:"code"`
		}
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			tb.Fatalf("log line %q: %v", line, err)
		}
		if v.Code != "" {
			out = append(out, v.Code)
		}
	}
	return out
}

// ids are what is random in a line: one in some hundreds has a name in it.
var ids = regexp.MustCompile(`[0-9a-f-]{20,}`)

// Check fails the test if a line holds anything that must not be logged: one of
// the texts given, an e-mail address or a key.
func (l *Log) Check(tb testing.TB, texts ...string) {
	tb.Helper()
	for line := range strings.Lines(l.String()) {
		words := ids.ReplaceAllString(line, "")
		for _, text := range append(texts, "@", "sk_test_", "whsec_", "eyJ") {
			if strings.Contains(words, text) || len(text) > 8 && strings.Contains(line, text) {
				tb.Errorf("a log line holds %q: %s", text, line)
			}
		}
	}
}
