package stripetest

import (
	"regexp"
	"slices"
	"strings"
)

// searchCustomers is eventually consistent: it sees each customer as it was
// SearchDelay ago.
func (s *Server) searchCustomers(c *call) (any, error) {
	if name := c.params.unknown("query", "limit", "page", "expand"); name != "" {
		return nil, unknownParam(name)
	}
	if !c.params.has("query") {
		return nil, missingParam("query")
	}
	match, err := parseQuery(c.params.text("query"))
	if err != nil {
		return nil, err
	}
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	found := newest(s.st.Customers, func(cus *Customer) bool {
		seen, ok := s.indexed(cus)
		return ok && !seen.Gone && match(seen)
	})
	data := make([]object, 0, len(found))
	for _, cus := range found[:min(limit, len(found))] {
		data = append(data, s.customerObject(cus))
	}
	return object{"object": "search_result", "data": data, "has_more": len(found) > limit, "next_page": nil, "url": c.path}, nil
}

// indexed returns the newest state of the customer that search knows.
func (s *Server) indexed(cus *Customer) (sighting, bool) {
	for _, x := range slices.Backward(cus.Seen) {
		if s.visible(x) {
			return x, true
		}
	}
	return sighting{}, false
}

// clause is one field of Stripe's search language: email:"a", name~'b',
// metadata['k']:'v', each with an optional leading minus.
var clause = regexp.MustCompile(`^(-?)(email|name|metadata\[(?:'([^']*)'|"([^"]*)")\])([:~])(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(?i:(AND|OR)?)\s*`)

// parseQuery compiles a query of clauses joined by AND or by OR, not both.
func parseQuery(q string) (func(sighting) bool, error) {
	rest, joint := strings.TrimSpace(q), ""
	var tests []func(sighting) bool
	for rest != "" {
		m := clause.FindStringSubmatch(rest)
		if m == nil {
			return nil, badQuery(q)
		}
		rest = rest[len(m[0]):]
		tests = append(tests, test(m))
		joiner := strings.ToUpper(m[8])
		if (rest == "") != (joiner == "") || (joint != "" && joiner != "" && joiner != joint) {
			return nil, badQuery(q)
		}
		joint = joint + strings.TrimPrefix(joiner, joint)
	}
	if len(tests) == 0 {
		return nil, badQuery(q)
	}
	return func(x sighting) bool {
		holds := func(t func(sighting) bool) bool { return t(x) }
		if joint == "OR" {
			return slices.ContainsFunc(tests, holds)
		}
		return !slices.ContainsFunc(tests, func(t func(sighting) bool) bool { return !t(x) })
	}, nil
}

// test compiles one clause.
func test(m []string) func(sighting) bool {
	field, key, want := m[2], m[3]+m[4], unescape(m[6]+m[7])
	return func(x sighting) bool {
		got, ok := x.Metadata[key]
		switch field {
		case "email":
			got, ok = x.Email, x.Email != ""
		case "name":
			got, ok = x.Name, x.Name != ""
		}
		hit := ok && strings.EqualFold(got, want)
		if m[5] == "~" {
			hit = ok && strings.Contains(strings.ToLower(got), strings.ToLower(want))
		}
		return hit != (m[1] == "-")
	}
}

func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\'`, `'`, `\"`, `"`).Replace(s)
}

func badQuery(q string) *apiError {
	return badParam("", "query", "We were unable to parse your search query: %s", q)
}
