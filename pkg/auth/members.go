package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"unicode/utf8"
)

// maxMembers bounds the work on an object that a stranger wrote. A header has
// two members, Cognito's claims about a dozen.
const maxMembers = 100

// errNotObject reports JSON that is not one object with distinct names.
var errNotObject = errors.New("not a JSON object with distinct names")

// members calls visit with each member of the JSON object in data, in order, and
// stops at visit's first error. It is stricter than json.Unmarshal, which takes
// the last of two members with one name, matches names in any case and mends
// bad UTF-8: data must be one object of valid UTF-8, of at most 100 members
// whose names differ. The standard decoder could do this token by token, but
// that costs a third of what the signature costs.
func members(data []byte, visit func(name string, value []byte) error) error {
	if !utf8.Valid(data) || !json.Valid(data) {
		return errNotObject
	}
	data = trimLeft(data)
	if data[0] != '{' {
		return errNotObject
	}
	names := make([]string, 0, 16)
	for rest := trimLeft(data[1:]); rest[0] != '}'; {
		var name string
		var value []byte
		name, value, rest = cutMember(rest)
		if slices.Contains(names, name) || len(names) == maxMembers {
			return errNotObject
		}
		names = append(names, name)
		if err := visit(name, value); err != nil {
			return err
		}
	}
	return nil
}

// cutMember takes one member off an object's inside, which is valid JSON. The
// rest begins with the next member or the closing brace.
func cutMember(data []byte) (name string, value, rest []byte) {
	end := stringEnd(data)
	name = unquote(data[:end])
	rest = trimLeft(data[end:])[1:] // the colon
	end = valueEnd(rest)
	value, rest = bytes.TrimSpace(rest[:end]), rest[end:]
	if rest[0] == ',' {
		rest = trimLeft(rest[1:])
	}
	return name, value, rest
}

// valueEnd returns where the value at the front of data ends: at a comma or the
// closing brace of the object that it is in.
func valueEnd(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += stringEnd(data[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if depth < 0 || (depth == 0 && data[i] == ',') {
			return i
		}
	}
	return len(data)
}

// stringEnd returns the length of the JSON string at the front of data.
func stringEnd(data []byte) int {
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(data)
}

// unquote returns the text of a valid JSON string.
func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	_ = json.Unmarshal(quoted, &s) // valid already
	return s
}

func trimLeft(data []byte) []byte { return bytes.TrimLeft(data, " \t\r\n") }
