// Package dotenv reads .env files: one NAME=value on a line, comments behind #,
// values bare or in quotes.
package dotenv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"
)

// ErrSyntax reports a line that cannot be read. What wraps it has the line's
// number and never its text, which may be a secret.
var ErrSyntax = errors.New("not a NAME=value line")

// Read returns the values of the file at path; none if there is no file. The
// last of several lines with one name counts.
func Read(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("dotenv: %w", err)
	}
	values, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("dotenv: %s, %w", path, err)
	}
	return values, nil
}

// Parse reads the text of a file.
func Parse(text string) (map[string]string, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("%w: the file is not UTF-8 text", ErrSyntax)
	}
	name := regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	values := map[string]string{}
	for n, line := range strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, raw, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line, "export ")), "=")
		key = strings.TrimSpace(key)
		if !ok || !name.MatchString(key) {
			return nil, fmt.Errorf("line %d: %w", n+1, ErrSyntax)
		}
		value, err := unquote(strings.TrimSpace(raw))
		if err != nil {
			return nil, fmt.Errorf("line %d (%s): %w", n+1, key, err)
		}
		values[key] = value
	}
	return values, nil
}

// unquote reads a value: what stands in single quotes as it is, in double quotes
// with \n, \" and \\, and bare up to a comment.
func unquote(raw string) (string, error) {
	if raw == "" || (raw[0] != '"' && raw[0] != '\'') {
		bare, _, _ := strings.Cut(" "+raw, " #")
		return strings.TrimSpace(bare), nil
	}
	end := closing(raw)
	if end < 0 {
		return "", fmt.Errorf("%w: the quote is not closed", ErrSyntax)
	}
	if rest := strings.TrimSpace(raw[end+1:]); rest != "" && rest[0] != '#' {
		return "", fmt.Errorf("%w: there is more behind the closing quote", ErrSyntax)
	}
	inner := raw[1:end]
	if raw[0] == '\'' {
		return inner, nil
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\"`, `"`).Replace(inner), nil
}

// closing finds the quote that ends the value, or -1.
func closing(raw string) int {
	for i := 1; i < len(raw); i++ {
		switch {
		case raw[i] == raw[0]:
			return i
		case raw[i] == '\\' && raw[0] == '"':
			i++
		}
	}
	return -1
}
