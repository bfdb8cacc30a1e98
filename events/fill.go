package main

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"time"

	"callanalyst/pkg/auth/cognitotest"
)

// blank matches what a sample leaves to the replay: {{code:482913}} becomes the
// code as Cognito encrypts it, {{token:SUB}} an access token of SUB, and
// {{expired-token:SUB}} one that ran out an hour ago.
var blank = regexp.MustCompile(`\{\{([a-z-]+):([^{}"]*)\}\}`)

// fill returns the event with every blank filled in. What it filled in, and the
// code in the clear, is masked from then on.
func (w *world) fill(ctx context.Context, event []byte) ([]byte, error) {
	var failed error
	out := blank.ReplaceAllFunc(event, func(b []byte) []byte {
		m := blank.FindSubmatch(b)
		value, err := w.blank(ctx, string(m[1]), unescape(string(m[2])))
		if err != nil && failed == nil {
			failed = err
		}
		return []byte(value)
	})
	return out, failed
}

func (w *world) blank(ctx context.Context, kind, value string) (string, error) {
	switch kind {
	case "code":
		w.masks.add(value, "<code>")
		w.masks.add(html.UnescapeString(value), "<code>") // as a person reads it
		code, err := w.encrypt(ctx, cognitotest.DefaultPoolID, value)
		w.masks.add(code, "<encrypted code>")
		return code, err
	case "token":
		return w.token(value, time.Now())
	case "expired-token":
		return w.token(value, time.Now().Add(-2*time.Hour))
	}
	return "", fmt.Errorf("the sample has a blank {{%s:…}}; there are code, token and expired-token", kind)
}

// token signs an access token of sub, good for an hour from issued on, with the
// claims that Cognito writes.
func (w *world) token(sub string, issued time.Time) (string, error) {
	token, err := w.keys.AccessToken.Sign(map[string]any{
		"sub": sub, "username": sub, "iss": w.pool.Issuer(), "client_id": cognitotest.DefaultClientID,
		"token_use": "access", "scope": "aws.cognito.signin.user.admin", "version": 2,
		"origin_jti": "5f3a9b1c-6d2e-4f80-91a3-b4c5d6e7f801", "jti": "8d2c4e6f-1a3b-4c5d-9e7f-0a1b2c3d4e02",
		"event_id":  "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f803",
		"auth_time": issued.Unix(), "iat": issued.Unix(), "exp": issued.Add(time.Hour).Unix(),
	})
	w.masks.add(token, "<token>")
	return token, err
}

// unescape undoes JSON's own escapes: a blank stands inside a JSON string.
func unescape(s string) string {
	var out string
	if err := json.Unmarshal([]byte(`"`+strings.ReplaceAll(s, `"`, `\"`)+`"`), &out); err != nil {
		return s
	}
	return out
}
