package stripetest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// object is a Stripe object as its JSON shows it.
type object map[string]any

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return maps.Clone(m)
}

// live reports whether the account is in live mode, which its keys tell.
func (s *Server) live() bool { return strings.Contains(s.keys[0], "_live_") }

// page cuts Stripe's cursor pages out of a sorted list and shows each item.
func page[T any](c *call, all []T, id func(T) string, show func(T) object) (any, error) {
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	if after := c.params.text("starting_after"); after != "" {
		i := slices.IndexFunc(all, func(x T) bool { return id(x) == after })
		if i < 0 {
			return nil, missingIn("starting_after", "object", after)
		}
		all = all[i+1:]
	}
	more := len(all) > limit
	if more {
		all = all[:limit]
	}
	data := make([]object, 0, len(all))
	for _, x := range all {
		data = append(data, show(x))
	}
	return object{"object": "list", "data": data, "has_more": more, "url": c.path}, nil
}

func (c *call) limit() (int, error) {
	text := c.params.text("limit")
	if text == "" {
		return 10, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, badParam("parameter_invalid_integer", "limit", "Invalid integer: %s", text)
	}
	if n < 1 || n > 100 {
		return 0, badParam("", "limit", "This value must be between 1 and 100.")
	}
	return n, nil
}

// changes returns the values that before had and after has not, as an event's
// previous_attributes.
func changes(before, after object) object {
	out := object{}
	for k, v := range before {
		if string(encode(v)) != string(encode(after[k])) {
			out[k] = v
		}
	}
	return out
}
