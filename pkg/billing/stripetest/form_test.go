package stripetest

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		form     string
		path     string // dots between names
		want     []string
		conflict string
	}{
		{name: "a plain value", form: "email=a%40b", path: "email", want: []string{"a@b"}},
		{name: "a nested value", form: "items[0][price]=p", path: "items.0.price", want: []string{"p"}},
		{name: "an array in the order of its indexes", form: "keys[1]=b&keys[0]=a&keys[10]=c", path: "keys", want: []string{"a", "b", "c"}},
		{name: "an array without indexes", form: "keys[]=a&keys[]=b", path: "keys", want: []string{"a", "b"}},
		{name: "an absent value", form: "a=1", path: "b.c", want: nil},
		{name: "brackets that do not pair are literal", form: "a[b=1", path: "a[b", want: []string{"1"}},
		{name: "leaf and branch", form: "a=1&a[b]=2", conflict: "a"},
		{name: "branch and leaf below", form: "a[b][c]=1&a[b]=2", conflict: "a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			values, err := url.ParseQuery(tt.form)
			if err != nil {
				t.Fatal(err)
			}
			root, conflict := decodeForm(values)
			if conflict != tt.conflict {
				t.Fatalf("decodeForm(%s) conflict = %q, want %q", tt.form, conflict, tt.conflict)
			}
			if conflict != "" {
				return
			}
			path := strings.Split(tt.path, ".")
			got := root.texts(path...)
			if leaf := root.at(path...); leaf.set {
				got = []string{leaf.value}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("decodeForm(%s) at %s (-want +got):\n%s", tt.form, tt.path, diff)
			}
		})
	}
}

func FuzzDecodeForm(f *testing.F) {
	for _, seed := range []string{"a=1", "a[b][0]=x&a[b][1]=y", "a[]=1&a[]=2", "a=1&a[b]=2", "[=1", "a[[b]]=1", "metadata[a]=&x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		root, conflict := decodeForm(values)
		if conflict != "" {
			return
		}
		n := 0
		count(root, &n)
		want := 0
		for k, v := range values {
			if strings.HasSuffix(k, "[]") {
				want += len(v)
				continue
			}
			want++ // a repeated plain key keeps its last value
		}
		if n > want {
			t.Errorf("decodeForm(%q) has %d leaves, more than the %d values sent", text, n, want)
		}
	})
}

func count(p *params, n *int) {
	if p.set {
		*n++
	}
	for _, c := range p.children {
		count(c, n)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{`email:'a'`, `metadata['k']:'v' AND -name~"x"`, `a`, `name:'\''`, `email:'a' OR`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, q string) {
		match, err := parseQuery(q)
		if (match == nil) == (err == nil) {
			t.Fatalf("parseQuery(%q) = %v matcher, %v", q, match != nil, err)
		}
		if match != nil {
			match(sighting{Email: "a", Metadata: map[string]string{"k": "v"}})
		}
	})
}
