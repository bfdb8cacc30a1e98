package googletest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Decision is what a person does on the consent page.
type Decision struct {
	Email  string
	Untick []string // scopes
	Deny   bool
}

// Decide fills in the consent page at address, which is of a Server that is
// reached by client, and returns where Google sends the browser.
func Decide(client *http.Client, address string, d Decision) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("googletest: %w", err)
	}
	form := url.Values{"request": {u.RawQuery}, "email": {d.Email}, "do": {"allow"}, "scope": requestOf(u.Query()).Scopes}
	if d.Deny {
		form.Set("do", "deny")
	}
	for _, scope := range d.Untick {
		form["scope"] = without(form["scope"], scope)
	}
	stay := *client
	stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	u.RawQuery = ""
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("googletest: consent: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := stay.Do(req)
	if err != nil {
		return nil, fmt.Errorf("googletest: consent: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusFound {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		return nil, fmt.Errorf("googletest: the consent page answered %d %s", resp.StatusCode, text)
	}
	return resp.Location()
}

func without(all []string, one string) []string {
	var out []string
	for _, x := range all {
		if x != one {
			out = append(out, x)
		}
	}
	return out
}
