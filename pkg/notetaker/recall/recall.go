// Package recall is a client for the part of Recall.ai's API that the fleet
// uses: creating, finding and ending bots, and reading finished transcripts.
// It makes one request per call and never retries: whether a repetition is safe
// is for the caller to know.
package recall

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"callanalyst/pkg/boot"
)

// Secret is the JSON secret of Recall.
type Secret struct {
	APIKey         string   `json:"api_key"`
	WebhookSecrets []string `json:"webhook_secrets"`
	URLToken       string   `json:"url_token"` // in the address of real-time events
}

// Keys lends the secret to a call. When the call's error wraps boot.ErrRejected,
// the secret may be fetched anew.
type Keys func(ctx context.Context, call func(ctx context.Context, s Secret) error) error

// SecretKeys lends the secret id as the cache has it.
func SecretKeys(cache *boot.Secrets, id string) Keys {
	return func(ctx context.Context, call func(context.Context, Secret) error) error {
		return boot.Use(ctx, cache, id, call)
	}
}

// FixedKeys lends the same secret for good.
func FixedKeys(s Secret) Keys {
	return func(ctx context.Context, call func(context.Context, Secret) error) error { return call(ctx, s) }
}

// Error is a refusal of Recall's.
type Error struct {
	Status     int
	Code       string        // Recall's, such as update_bot_failed; "" mostly
	RetryAfter time.Duration // zero when Recall says nothing
}

// Error implements error. It repeats nothing of the body but the code: a body
// may hold the meeting's link with its password.
func (e *Error) Error() string { return fmt.Sprintf("recall: answered %d %s", e.Status, e.Code) }

// StatusOf returns the status of a refusal in err's chain, 0 if there is none:
// then nobody knows what became of the call.
func StatusOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// Client calls the API. It is safe for concurrent use.
type Client struct {
	Base string // https://us-west-2.recall.ai, without a trailing slash
	HTTP *http.Client
	Keys Keys
}

const (
	// maxAnswer bounds what is read of an answer; maxTranscript is for a whole
	// transcript, word by word, of a long meeting.
	maxAnswer     = 1 << 20
	maxTranscript = 64 << 20
	// callTimeout bounds one call. Creating a bot takes 600 ms at p95.
	callTimeout = 8 * time.Second
	// longestPause bounds what Recall can ask for, in seconds.
	longestPause = 24 * 60 * 60
)

// call makes one request with the key and decodes the answer into out, if it is
// not nil.
func (c *Client) call(ctx context.Context, method, path string, header http.Header, in, out any) error {
	var body []byte
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("recall: encode %s: %w", path, err)
		}
		body = text
	}
	ctx, stop := context.WithTimeout(ctx, callTimeout)
	defer stop()
	return c.Keys(ctx, func(ctx context.Context, s Secret) error {
		req, err := http.NewRequestWithContext(ctx, method, c.Base+path, bytes.NewReader(body))
		if err != nil {
			return fmt.Errorf("recall: make %s %s: %w", method, path, err)
		}
		for name := range header {
			req.Header.Set(name, header.Get(name))
		}
		req.Header.Set("Authorization", "Token "+s.APIKey)
		req.Header.Set("Accept", "application/json")
		if body != nil {
			req.Header.Set("Content-Type", "application/json")
		}
		return c.do(req, out)
	})
}

func (c *Client) do(req *http.Request, out any) error {
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return fmt.Errorf("recall: %s: %w", req.Method, err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode >= http.StatusMultipleChoices {
		return refusal(resp, text)
	}
	if err != nil {
		return fmt.Errorf("recall: read the answer: %w", err)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("recall: the answer is not the JSON expected: %w", err)
	}
	return nil
}

func refusal(resp *http.Response, text []byte) error {
	e := &Error{Status: resp.StatusCode}
	var body struct{ Code string }
	if strings.Contains(resp.Header.Get("Content-Type"), "json") && json.Unmarshal(text, &body) == nil {
		e.Code = body.Code
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(min(seconds, longestPause)) * time.Second
	}
	if e.Status == http.StatusUnauthorized {
		return errors.Join(e, boot.ErrRejected)
	}
	return e
}
