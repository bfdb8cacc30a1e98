package profile

import (
	"bytes"
	"encoding/json"
	"maps"
)

// What one of the two free objects may come to. The row holds both, and every
// read of a profile carries them.
const (
	maxDocument = 16 << 10 // bytes of its JSON
	maxDepth    = 8        // of objects and lists within one another
	maxKeys     = 256      // members of all its objects together
)

// apply merges the change into stored and holds the result against the limits.
// Without a change, what is stored stays as it is, byte for byte.
func (d *document) apply(field string, stored json.RawMessage) (json.RawMessage, error) {
	if d == nil {
		return stored, nil
	}
	if d.change == nil {
		return emptyObject(), nil
	}
	before, ok := decodeObject(stored)
	if !ok {
		return nil, errItem
	}
	after := merge(before, d.change)
	if depth, keys := measure(after); depth > maxDepth || keys > maxKeys {
		return nil, ErrField.Because("The field %s may hold %d names at most, %d objects deep.", field, maxKeys, maxDepth)
	}
	text, err := encode(after)
	if err != nil {
		return nil, err
	}
	if len(text) > maxDocument {
		return nil, ErrField.Because("The field %s may have %d bytes at most.", field, maxDocument)
	}
	return text, nil
}

// merge is the algorithm of RFC 7396, section 2, for objects. It changes neither
// argument. It descends no deeper than the patch, whose depth the decoder bounds.
func merge(target, patch map[string]any) map[string]any {
	out := maps.Clone(target)
	if out == nil {
		out = map[string]any{}
	}
	for name, value := range patch {
		change, isObject := value.(map[string]any)
		switch {
		case value == nil:
			delete(out, name)
		case isObject:
			inner, _ := out[name].(map[string]any)
			out[name] = merge(inner, change)
		default:
			out[name] = value
		}
	}
	return out
}

// measure returns how deep a value goes and how many members its objects have.
func measure(v any) (depth, keys int) {
	var inner []any
	switch v := v.(type) {
	case map[string]any:
		for _, x := range v {
			inner = append(inner, x)
		}
		keys = len(v)
	case []any:
		inner = v
	default:
		return 0, 0
	}
	for _, x := range inner {
		d, k := measure(x)
		depth, keys = max(depth, d), keys+k
	}
	return depth + 1, keys
}

// decodeObject reads a JSON object with its numbers as they are written. Null is
// an object that is nil.
func decodeObject(raw json.RawMessage) (object map[string]any, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&object); err != nil {
		return nil, false
	}
	return object, true
}

// encode writes an object with its names in order, so that equal objects are
// equal texts.
func encode(object map[string]any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(object); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
