package runtimeapi

import (
	"io"
	"strings"
)

// MaxLine is the longest line of a log.
const MaxLine = maxLine

// MaxPrelude is how far the end of a prelude is looked for.
const MaxPrelude = maxPrelude

// Split cuts a text into lines, with "|" for each mark.
func Split(text, mark string) []string { return SplitChunks(text, mark, len(text)) }

// SplitChunks is Split of a text that is read in chunks of size bytes.
func SplitChunks(text, mark string, size int) []string {
	s := splitter{r: Chunked(text, size), mark: []byte(mark)}
	var out []string
	for {
		line, marked, err := s.next()
		if line != "" || !marked && err == nil {
			out = append(out, line)
		}
		if marked {
			out = append(out, "|")
		}
		if err != nil {
			return out
		}
	}
}

// SplitPrelude cuts a text that is read in chunks of size bytes. No prelude is
// reported by ok.
func SplitPrelude(text string, size int) (prelude, body string, ok bool, err error) {
	p, r, err := splitPrelude(Chunked(text, size))
	if err != nil {
		return "", "", false, err
	}
	b, err := io.ReadAll(r)
	return string(p), string(b), p != nil, err
}

// Chunked reads a text, at most size bytes at a time.
func Chunked(text string, size int) io.Reader {
	return &chunked{strings.NewReader(text), max(size, 1)}
}

type chunked struct {
	r    io.Reader
	size int
}

func (c *chunked) Read(p []byte) (int, error) {
	return c.r.Read(p[:min(len(p), c.size)])
}
