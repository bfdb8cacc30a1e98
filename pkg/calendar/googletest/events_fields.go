package googletest

import "strings"

// mask is what a request's parameter fields asks for: names, each with what is
// wanted below it; nil wants everything.
type mask map[string]mask

// parseMask reads the likes of "nextPageToken,items(id,start,organizer/self)". It
// returns what follows the mask's closing bracket.
func parseMask(text string) (mask, string) {
	m := mask{}
	for text != "" {
		i := strings.IndexAny(text, ",()")
		if i < 0 {
			m[text] = nil
			return m, ""
		}
		name, sign := text[:i], text[i]
		text = text[i+1:]
		var below mask
		if sign == '(' {
			below, text = parseMask(text)
			sign = ','
			if strings.HasPrefix(text, ")") {
				sign, text = ')', text[1:]
			}
			text = strings.TrimPrefix(text, ",")
		}
		if name != "" {
			m[name] = below
		}
		if sign == ')' {
			return m, text
		}
	}
	return m, ""
}

// prune leaves out of an answer what its request did not ask for, as Google does:
// a client that forgets a field does not get it.
func prune(v any, fields string) any {
	if fields == "" || fields == "*" {
		return v
	}
	m, _ := parseMask(fields)
	return m.of(v)
}

func (m mask) of(v any) any {
	if m == nil {
		return v
	}
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, below := range m {
			if inner, ok := v[name]; ok {
				out[name] = below.of(inner)
			}
		}
		return out
	case []any:
		out := make([]any, 0, len(v))
		for _, inner := range v {
			out = append(out, m.of(inner))
		}
		return out
	}
	return v
}
