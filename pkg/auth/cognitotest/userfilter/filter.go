// Package userfilter is the Filter parameter of Cognito's ListUsers: one
// condition of the form
//
//	attribute = "value"     the attribute is value
//	attribute ^= "value"    the attribute begins with value
//
// In the value a quotation mark and a backslash are written with a backslash in
// front. Only a fixed set of attributes can be searched; custom ones cannot.
package userfilter

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ErrSyntax reports a filter that is not one condition. Its text is Cognito's.
var ErrSyntax = errors.New("Error while parsing filter")

// Filter is one parsed condition. The zero value matches everyone.
type Filter struct {
	// Attribute is the searched attribute, or empty for no condition.
	Attribute string
	// Prefix is set for "^=".
	Prefix bool
	Value  string
}

// AttributeError reports an attribute that cannot be searched.
type AttributeError struct{ Name string }

// Error words it as Cognito does.
func (e *AttributeError) Error() string { return "Invalid search attribute: " + e.Name }

// searchable are the attributes that ListUsers searches.
func searchable() []string {
	return []string{
		"username", "email", "phone_number", "name", "given_name", "family_name",
		"preferred_username", "cognito:user_status", "status", "sub",
	}
}

// Parse reads a filter; blank text is the filter that matches everyone.
func Parse(text string) (Filter, error) {
	if strings.TrimSpace(text) == "" {
		return Filter{}, nil
	}
	// The pattern is compiled here, not kept: filters are rare.
	condition := regexp.MustCompile(`^\s*"?([A-Za-z_:]+)"?\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*$`)
	m := condition.FindStringSubmatch(text)
	if m == nil {
		return Filter{}, ErrSyntax
	}
	if !slices.Contains(searchable(), m[1]) {
		return Filter{}, &AttributeError{Name: m[1]}
	}
	return Filter{Attribute: m[1], Prefix: m[2] == "^=", Value: unescape(m[3])}, nil
}

// unescape drops the backslash in front of the character it protects.
func unescape(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		b.WriteRune(r)
	}
	return b.String()
}

// Matches reports whether value, the attribute of one user, fits the condition.
// An absent attribute never does. Addresses and states are compared without
// regard to case, as the pool treats them; all else exactly.
func (f Filter) Matches(value string) bool {
	if f.Attribute == "" {
		return true
	}
	if value == "" {
		return false
	}
	want := f.Value
	switch f.Attribute {
	case "email", "cognito:user_status", "status":
		value, want = strings.ToLower(value), strings.ToLower(want)
	}
	if f.Prefix {
		return strings.HasPrefix(value, want)
	}
	return value == want
}

// String writes the filter in the form that Parse reads.
func (f Filter) String() string {
	if f.Attribute == "" {
		return ""
	}
	op := "="
	if f.Prefix {
		op = "^="
	}
	return fmt.Sprintf(`%s %s "%s"`, f.Attribute, op, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.Value))
}
