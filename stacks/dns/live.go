package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"text/tabwriter"
)

// resolver is what -check asks; *net.Resolver is one.
type resolver interface {
	LookupCNAME(ctx context.Context, host string) (string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// compare looks each record up and prints what it found. Its error counts those
// that are not as they should be.
func compare(ctx context.Context, w io.Writer, live resolver, all []record) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	wrong := 0
	for _, r := range all {
		verdict := "ok"
		if r.value == "" {
			verdict = "not known before the first deploy"
		} else if found, ok := found(ctx, live, r); !ok {
			wrong++
			verdict = fmt.Sprintf("want %s, found %s", r.shown(), found)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.kind, r.name, verdict)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%d records are not as they should be; a change takes up to its TTL to be seen", wrong)
	}
	return nil
}

// found looks one record up, and says whether it is the one that is wanted.
func found(ctx context.Context, live resolver, r record) (string, bool) {
	switch r.kind {
	case "MX":
		return foundMX(ctx, live, r)
	case "TXT":
		return foundTXT(ctx, live, r)
	}
	return foundCNAME(ctx, live, r)
}

func foundMX(ctx context.Context, live resolver, r record) (string, bool) {
	list, err := live.LookupMX(ctx, r.name)
	if err != nil {
		return "nothing", false
	}
	var hosts []string
	for _, mx := range list {
		if same(mx.Host, r.value) {
			return mx.Host, true
		}
		hosts = append(hosts, mx.Host)
	}
	return strings.Join(hosts, ", "), false
}

// foundTXT looks among the records of the same family: a name may have others.
// Two of one family are an error of their own, since receivers then ignore both.
func foundTXT(ctx context.Context, live resolver, r record) (string, bool) {
	list, err := live.LookupTXT(ctx, r.name)
	if err != nil {
		return "nothing", false
	}
	family, _, _ := strings.Cut(r.value, " ")
	var kin []string
	for _, text := range list {
		if strings.HasPrefix(text, strings.TrimSuffix(family, ";")) {
			kin = append(kin, text)
		}
	}
	if len(kin) == 0 {
		return "nothing", false
	}
	return strings.Join(kin, " and "), len(kin) == 1 && kin[0] == r.value
}

func foundCNAME(ctx context.Context, live resolver, r record) (string, bool) {
	host, err := live.LookupCNAME(ctx, r.name)
	if err != nil {
		return "nothing", false
	}
	// A resolver that finds no CNAME answers the name itself.
	return host, same(host, r.value)
}

func same(a, b string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, "."), strings.TrimSuffix(b, "."))
}
