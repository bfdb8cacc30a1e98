package profiletest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"callanalyst/pkg/billing/stripetest"
)

// browser follows redirects to the user pool's pages, and stops at the first
// address elsewhere.
type browser struct {
	tb    testing.TB
	world *World
	at    *url.URL
	jar   http.CookieJar
}

func (b *browser) get(address string) {
	b.tb.Helper()
	r, err := http.NewRequestWithContext(b.tb.Context(), http.MethodGet, address, nil)
	if err != nil {
		b.tb.Fatal(err)
	}
	b.do(r)
}

func (b *browser) post(to *url.URL, form url.Values) {
	b.tb.Helper()
	r, err := http.NewRequestWithContext(b.tb.Context(), http.MethodPost, to.String(), strings.NewReader(form.Encode()))
	if err != nil {
		b.tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(r)
}

func (b *browser) do(r *http.Request) {
	b.tb.Helper()
	if b.jar == nil {
		b.jar, _ = cookiejar.New(nil) // without options: cannot fail
	}
	b.at = r.URL
	client := &http.Client{Transport: pages{b}, Jar: b.jar}
	resp, err := client.Do(r)
	if err != nil {
		b.tb.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode >= http.StatusBadRequest {
		b.tb.Fatalf("%s answered %d: %s", r.URL.Path, resp.StatusCode, text)
	}
}

// pages takes a browser to the user pool's pages, and nowhere else.
type pages struct{ b *browser }

// RoundTrip implements http.RoundTripper.
func (p pages) RoundTrip(r *http.Request) (*http.Response, error) {
	p.b.at = r.URL
	if "http://"+r.URL.Host != awsAddress {
		return answer(r, http.StatusOK, ""), nil
	}
	return stripetest.Transport{Handler: p.b.world.Pool}.RoundTrip(r)
}
