// Package supabase asks the old home of the users, Supabase, three things: does
// this password belong to this address, who are the users, and what do their
// profiles say they paid for. It speaks GoTrue (/auth/v1) and PostgREST
// (/rest/v1), reads answers narrowly, and tells apart why an answer is a no.
package supabase

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"callanalyst/pkg/boot"
)

// Secret is the JSON of the secret callanalyst/supabase.
type Secret struct {
	URL            string `json:"url"` // https://<ref>.supabase.co
	PublishableKey string `json:"publishable_key"`
	SecretKey      string `json:"secret_key"`
}

// Lend lends the secret to a call. When the call's error wraps boot.ErrRejected,
// it may fetch the secret anew and call once more.
type Lend func(ctx context.Context, call func(context.Context, Secret) error) error

// Cached lends the secret id as the cache has it.
func Cached(cache *boot.Secrets, id string) Lend {
	return func(ctx context.Context, call func(context.Context, Secret) error) error {
		return boot.Use(ctx, cache, id, call)
	}
}

// Client calls one Supabase project. It is safe for concurrent use.
type Client struct {
	HTTP   *http.Client
	Secret Lend
	Base   string // the project's address; the secret's url if empty
}

// maxAnswer bounds what is read of an answer: a page of 1000 users is 3 MB.
const maxAnswer = 16 << 20

// agent names the client: Supabase refuses secret keys to what looks like a browser.
const agent = "callanalyst-migration/1"

// request is one call. Its key is sent as apikey; a key of the older kind, a
// JWT, is sent as the bearer too, which PostgREST and GoTrue then want.
type request struct {
	method, path string
	key          func(Secret) string
	bearer       string // of a user; "" for the key's own
	body         any
}

func publishable(s Secret) string { return s.PublishableKey }

func secret(s Secret) string { return s.SecretKey }

// call sends r and decodes a 2xx answer into out, unless that is nil. Its error
// is one of this package's, and never quotes what was sent or answered.
func (c *Client) call(ctx context.Context, r request, out any) (http.Header, error) {
	var header http.Header
	err := c.Secret(ctx, func(ctx context.Context, s Secret) (err error) {
		header, err = c.send(ctx, s, r, out)
		return err
	})
	if err != nil {
		return nil, classified(err)
	}
	return header, nil
}

func (c *Client) send(ctx context.Context, s Secret, r request, out any) (http.Header, error) {
	req, err := r.prepare(ctx, cmp.Or(c.Base, s.URL), r.key(s))
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: c.HTTP.Transport, Timeout: c.HTTP.Timeout, CheckRedirect: stay}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnavailable, r.method, withoutURL(err))
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: read answer: %w", ErrUnavailable, err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("%w: answer is too long", ErrUnavailable)
	case resp.StatusCode/100 != 2:
		return nil, failureOf(resp.StatusCode, resp.Header, body)
	case out == nil:
		return resp.Header, nil
	}
	if json.Unmarshal(body, out) != nil { // the decoder's own error may quote the answer
		return nil, fmt.Errorf("%w: status %d without the JSON expected", ErrUnavailable, resp.StatusCode)
	}
	return resp.Header, nil
}

func (r request) prepare(ctx context.Context, base, key string) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("supabase: encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, strings.TrimRight(base, "/")+r.path, body)
	if err != nil {
		return nil, fmt.Errorf("%w: the project's address is none", ErrSetup)
	}
	req.Header.Set("apikey", key)
	req.Header.Set("User-Agent", agent)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	switch {
	case r.bearer != "":
		req.Header.Set("Authorization", "Bearer "+r.bearer)
	case strings.HasPrefix(key, "eyJ"):
		req.Header.Set("Authorization", "Bearer "+key)
	}
	return req, nil
}

// stay follows no redirect: a password must not travel on.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
