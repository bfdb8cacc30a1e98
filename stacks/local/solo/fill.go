package solo

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"time"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/notetaker/hook"
	"callanalyst/pkg/notetaker/recalltest"
)

// Filled is a value that a blank was filled with, or that stands behind one. It
// must not be shown.
type Filled struct {
	Value string
	Kind  string // code, encrypted code or token
}

// blank matches what an event leaves open: {{code:482913}}, {{token:SUB}},
// {{expired-token:SUB}}, {{stripe-signature:now}}, {{recall-time:now}} or
// {{recall-signature:ID}}.
var blank = regexp.MustCompile(`\{\{([a-z-]+):([^{}"]*)\}\}`)

// Fill returns the event with every blank filled in: {{code:482913}} becomes the
// code as Cognito encrypts it, {{token:SUB}} an access token of SUB,
// {{expired-token:SUB}} one that ran out an hour ago, and {{stripe-signature:now}}
// Stripe's signature of the event's body, with -24h instead of now an old one.
// {{recall-time:now}} and {{recall-signature:ID}} are Recall's, of the message ID.
func (w *World) Fill(ctx context.Context, event []byte) ([]byte, []Filled, error) {
	var all []Filled
	var failed error
	out := blank.ReplaceAllFunc(event, func(b []byte) []byte {
		m := blank.FindSubmatch(b)
		values, err := w.blank(ctx, event, string(m[1]), unescape(string(m[2])))
		if err != nil {
			failed = err
			return b
		}
		all = append(all, values...)
		return []byte(values[0].Value)
	})
	return out, all, failed
}

// blank returns what to fill in, and behind it what else must not be shown.
func (w *World) blank(ctx context.Context, event []byte, kind, value string) ([]Filled, error) {
	switch kind {
	case "code":
		code, err := w.Encrypt(ctx, cognitotest.DefaultPoolID, value)
		return []Filled{{code, "encrypted code"}, {value, "code"}, {html.UnescapeString(value), "code"}}, err
	case "token":
		token, err := w.Token(value, time.Now())
		return []Filled{{token, "token"}}, err
	case "expired-token":
		token, err := w.Token(value, time.Now().Add(-2*time.Hour))
		return []Filled{{token, "token"}}, err
	case "stripe-signature":
		header, err := signBody(event, value)
		return []Filled{{header, "signature"}}, err
	case "recall-time", "recall-signature":
		return w.signRecall(event, kind, value)
	}
	return nil, fmt.Errorf("the event has a blank {{%s:…}}; there are code, token, expired-token, stripe-signature, recall-time and recall-signature", kind)
}

// signBody signs the body of a proxy event as Stripe does, at a time so far from
// now.
func signBody(event []byte, when string) (string, error) {
	body, err := bodyOf(event)
	if err != nil {
		return "", fmt.Errorf("read the body to sign: %w", err)
	}
	ago, err := time.ParseDuration(strings.Replace(when, "now", "0s", 1))
	if err != nil {
		return "", fmt.Errorf("when to sign: %w", err)
	}
	return stripetest.Sign(body, time.Now().Add(ago), webhookSecret), nil
}

// bodyOf is the raw body of a proxy event.
func bodyOf(event []byte) ([]byte, error) {
	var e struct {
		Body   string `json:"body"`
		Base64 bool   `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	if e.Base64 {
		return base64.StdEncoding.DecodeString(e.Body)
	}
	return []byte(e.Body), nil
}

// signRecall is the time of a signature of Recall's, or the signature. All of a
// world's are of one time, since the two belong together.
func (w *World) signRecall(event []byte, kind, id string) ([]Filled, error) {
	body, err := bodyOf(event)
	if err != nil {
		return nil, fmt.Errorf("read the body to sign: %w", err)
	}
	keys, err := hook.ParseKeys([]string{recalltest.TestSecret})
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	keys.Sign(h, id, w.born, body)
	if kind == "recall-time" {
		return []Filled{{h.Get("Webhook-Timestamp"), "time"}}, nil
	}
	return []Filled{{h.Get("Webhook-Signature"), "signature"}}, nil
}

// Token signs an access token of sub, good for an hour from issued on, with the
// claims that Cognito writes.
func (w *World) Token(sub string, issued time.Time) (string, error) {
	return w.keys.AccessToken.Sign(map[string]any{
		"sub": sub, "username": sub, "iss": w.pool.Issuer(), "client_id": cognitotest.DefaultClientID,
		"token_use": "access", "scope": "aws.cognito.signin.user.admin", "version": 2,
		"origin_jti": "5f3a9b1c-6d2e-4f80-91a3-b4c5d6e7f801", "jti": "8d2c4e6f-1a3b-4c5d-9e7f-0a1b2c3d4e02",
		"event_id":  "1b2c3d4e-5f60-4718-92a3-b4c5d6e7f803",
		"auth_time": issued.Unix(), "iat": issued.Unix(), "exp": issued.Add(time.Hour).Unix(),
	})
}

// unescape undoes JSON's own escapes: a blank stands inside a JSON string.
func unescape(s string) string {
	var out string
	if err := json.Unmarshal([]byte(`"`+strings.ReplaceAll(s, `"`, `\"`)+`"`), &out); err != nil {
		return s
	}
	return out
}
