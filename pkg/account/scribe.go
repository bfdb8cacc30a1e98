package account

import (
	"encoding/json"
	"io"
)

// scribe writes a JSON document piece by piece, so that a large one is never in
// memory as a whole. After its first error it writes nothing more.
type scribe struct {
	out   io.Writer
	inner bool // something precedes on this level: a comma is due
	err   error
}

// begin opens an object or a list; the mark is { or [.
func (s *scribe) begin(mark byte) {
	s.raw([]byte{mark})
	s.inner = false
}

// end closes it; the mark is } or ].
func (s *scribe) end(mark byte) {
	s.raw([]byte{mark})
	s.inner = true
}

// element is called before each element of a list that is not a plain value.
func (s *scribe) element() {
	if s.inner {
		s.raw([]byte(","))
	}
	s.inner = true
}

// name writes a member's name; its value must follow.
func (s *scribe) name(n string) {
	s.element()
	s.value(n)
	s.raw([]byte(":"))
}

// member writes a member of an object.
func (s *scribe) member(name string, v any) {
	s.name(name)
	s.value(v)
}

// value writes a whole value.
func (s *scribe) value(v any) {
	text, err := json.Marshal(v)
	if s.err == nil {
		s.err = err
	}
	s.raw(text)
}

func (s *scribe) raw(text []byte) {
	if s.err == nil {
		_, s.err = s.out.Write(text)
	}
}
