package stripetest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// params is a decoded form: Stripe's nested keys (items[0][price]) as a tree.
// A leaf has a value, a branch has children; the zero value is an absent one.
type params struct {
	value    string
	set      bool
	children map[string]*params
}

// decodeForm turns flat form values into a tree. A key whose brackets do not
// pair up is taken literally. When a name is used both as a leaf and as a
// branch, it returns that name.
func decodeForm(values url.Values) (root *params, conflict string) {
	root = &params{}
	for _, key := range sortedKeys(values) {
		if key == "" {
			continue // a value without a name says nothing
		}
		path := splitKey(key)
		for i, v := range values[key] {
			if !root.insert(path, i, v) {
				return nil, path[0]
			}
		}
	}
	return root, ""
}

func sortedKeys(values url.Values) []string {
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// splitKey cuts a[b][] into a, b and "".
func splitKey(key string) []string {
	head, rest, ok := strings.Cut(key, "[")
	if !ok || head == "" || !strings.HasSuffix(rest, "]") {
		return []string{key}
	}
	return append([]string{head}, strings.Split(strings.TrimSuffix(rest, "]"), "][")...)
}

// insert puts a value at the path; a[] appends at its position.
func (p *params) insert(path []string, position int, value string) bool {
	if len(path) == 0 {
		if p.children != nil {
			return false
		}
		p.value, p.set = value, true
		return true
	}
	if p.set {
		return false
	}
	name := path[0]
	if name == "" {
		name = strconv.Itoa(position)
	}
	if p.children == nil {
		p.children = map[string]*params{}
	}
	if p.children[name] == nil {
		p.children[name] = &params{}
	}
	return p.children[name].insert(path[1:], position, value)
}

// at walks down the names; an absent branch is the zero value.
func (p *params) at(names ...string) *params {
	for _, n := range names {
		if p = p.children[n]; p == nil {
			return &params{}
		}
	}
	return p
}

// text returns a leaf's value, "" when it is absent.
func (p *params) text(names ...string) string { return p.at(names...).value }

// has reports whether the leaf or branch was sent.
func (p *params) has(names ...string) bool {
	n := p.at(names...)
	return n.set || n.children != nil
}

// list returns the children of an array in the order of their indexes.
func (p *params) list(names ...string) []*params {
	n := p.at(names...)
	keys := make([]int, 0, len(n.children))
	for k := range n.children {
		if i, err := strconv.Atoi(k); err == nil {
			keys = append(keys, i)
		}
	}
	slices.Sort(keys)
	out := make([]*params, 0, len(keys))
	for _, k := range keys {
		if c := n.children[strconv.Itoa(k)]; c != nil {
			out = append(out, c)
		}
	}
	return out
}

// texts returns an array of leaves.
func (p *params) texts(names ...string) []string {
	var out []string
	for _, c := range p.list(names...) {
		out = append(out, c.value)
	}
	return out
}

// merge applies Stripe's rule for metadata: a sent key replaces, an empty value
// deletes, and an empty map deletes all.
func (p *params) merge(old map[string]string) map[string]string {
	out := map[string]string{}
	if p.set {
		return out
	}
	for k, v := range old {
		out[k] = v
	}
	for k, c := range p.children {
		if c.value == "" {
			delete(out, k)
			continue
		}
		out[k] = c.value
	}
	return out
}

// unknown returns the first name sent that is not one of known.
func (p *params) unknown(known ...string) string {
	names := make([]string, 0, len(p.children))
	for k := range p.children {
		if !slices.Contains(known, k) {
			names = append(names, k)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}
