package rest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"callanalyst/pkg/fault"
)

// Answer is what API Gateway expects of a proxy integration.
type Answer struct {
	Status  int                 `json:"statusCode"`
	Headers map[string][]string `json:"multiValueHeaders,omitempty"`
	Body    string              `json:"body"`
	Base64  bool                `json:"isBase64Encoded"`
}

// Problem is the body of every error (RFC 9457).
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Code      string `json:"code"`
	Detail    string `json:"detail"`
	RequestID string `json:"request_id"`
}

// ProblemType is the address that every problem's type begins with; the code
// follows. Each code has its section there.
const ProblemType = "https://callanalyst.app/errors#"

// Status returns the HTTP status for a kind of failure.
func Status(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Stale:
		return http.StatusPreconditionFailed
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Exhausted:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// ProblemOf returns what the caller of request id is told about err, and the
// headers that go with it.
func ProblemOf(err error, id string) (Problem, http.Header) {
	f := fault.Of(err)
	status := Status(f.Kind)
	h := http.Header{
		"Content-Type":           {"application/problem+json"},
		"Cache-Control":          {"no-store"},
		"X-Content-Type-Options": {"nosniff"},
	}
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	return Problem{
		Type: ProblemType + f.Code, Title: http.StatusText(status), Status: status,
		Code: f.Code, Detail: f.Detail, RequestID: id,
	}, h
}

// problem logs err once and returns its answer. Refusals are news of the
// caller, failures are ours.
func problem(ctx context.Context, log *slog.Logger, r *Request, err error) Answer {
	p, h := ProblemOf(err, r.ID)
	level := slog.LevelInfo
	if p.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	log.Log(ctx, level, "refused", "code", p.Code, "status", p.Status, "request_id", r.ID, "error", err)
	body, _ := plain(p)
	return Answer{Status: p.Status, Headers: h, Body: body}
}

// encode writes the response's value as JSON, or passes its bytes on.
func (out Response) encode() (Answer, error) {
	a := Answer{Status: out.Status, Headers: out.Header}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	if a.Headers == nil {
		a.Headers = map[string][]string{}
	}
	if err := a.fill(out.Body); err != nil {
		return Answer{}, err
	}
	setDefault(a.Headers, "Cache-Control", "no-store")
	setDefault(a.Headers, "X-Content-Type-Options", "nosniff")
	return a, nil
}

func (a *Answer) fill(body any) error {
	switch b := body.(type) {
	case nil:
		return nil
	case []byte:
		a.Body, a.Base64 = string(b), false
		if !utf8.Valid(b) {
			a.Body, a.Base64 = base64.StdEncoding.EncodeToString(b), true
		}
		return nil
	}
	text, err := plain(body)
	if err != nil {
		return fmt.Errorf("rest: encode the answer: %w", err)
	}
	a.Body = text
	setDefault(a.Headers, "Content-Type", "application/json")
	return nil
}

// plain is JSON as a person would write it: nothing here ends up inside HTML, so
// <, > and & stay what they are.
func plain(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func setDefault(h map[string][]string, name, value string) {
	if _, ok := h[name]; !ok {
		h[name] = []string{value}
	}
}
