package runtimeapi

import (
	"bytes"
	"io"
)

// maxLine is CloudWatch's longest event, in bytes.
const maxLine = 256 << 10

// splitter cuts a stream into lines and marks.
type splitter struct {
	r    io.Reader
	mark []byte // ends in a newline, starts with NUL

	buf   []byte
	chunk []byte
	err   error
}

// next returns the next line without its newline. If marked, a mark follows
// the text, which is then empty or an unfinished line.
func (s *splitter) next() (text string, marked bool, err error) {
	for {
		if i := bytes.IndexByte(s.buf, '\n'); i >= 0 {
			text, marked = s.cut(i)
			return text, marked, nil
		}
		if n := s.overlong(); n > 0 {
			text, s.buf = string(s.buf[:n]), s.buf[n:]
			return text, false, nil
		}
		if s.err != nil {
			text, s.buf = string(s.buf), nil
			return text, false, s.err
		}
		s.fill()
	}
}

// cut takes the line that ends at i.
func (s *splitter) cut(i int) (string, bool) {
	line := s.buf[:i+1]
	s.buf = s.buf[i+1:]
	if before, ok := bytes.CutSuffix(line, s.mark); ok {
		return string(before), true
	}
	return string(line[:i]), false
}

// overlong is how much of a line without an end must be given out. What may
// be the beginning of a mark is kept.
func (s *splitter) overlong() int {
	if len(s.buf) < maxLine {
		return 0
	}
	from := len(s.buf) - len(s.mark)
	if i := bytes.IndexByte(s.buf[from:], 0); i >= 0 {
		return from + i
	}
	return len(s.buf)
}

func (s *splitter) fill() {
	if s.chunk == nil {
		s.chunk = make([]byte, 16<<10)
	}
	n, err := s.r.Read(s.chunk)
	s.buf = append(s.buf, s.chunk[:n]...)
	s.err = err
}
