// Package latency makes stand-ins as slow as the real parties are. The figures
// are those the product was planned with, call by call, so that a local journey
// waits where a real one does.
package latency

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"callanalyst/pkg/boot/awstest"
)

// Rule is how long one call of a stand-in takes. Match is the call's name as
// Name gives it; a * in it stands for any part of a path.
type Rule struct {
	Match    string
	P50, P95 time.Duration
}

// Rules returns the plan's figures. The slice is the caller's own.
func Rules() []Rule {
	return []Rule{
		rule("cognito-idp.SignUp", 120, 300),
		rule("cognito-idp.ConfirmSignUp", 110, 280),
		rule("cognito-idp.InitiateAuth", 150, 400),
		rule("cognito-idp.GetTokensFromRefreshToken", 90, 220),
		rule("GET /*/.well-known/jwks.json", 120, 120),
		rule("dynamodb.GetItem", 6, 20),
		rule("dynamodb.BatchGetItem", 6, 20),
		rule("dynamodb.Query", 6, 20),
		rule("dynamodb.PutItem", 8, 25),
		rule("dynamodb.UpdateItem", 8, 25),
		rule("dynamodb.DeleteItem", 8, 25),
		rule("dynamodb.BatchWriteItem", 8, 25),
		rule("dynamodb.TransactWriteItems", 8, 25),
		rule("POST /v2/email/outbound-emails", 200, 600),
		rule("POST /v1/customers", 180, 450),
		rule("POST /v1/checkout/sessions", 280, 700),
		rule("GET /v1/subscriptions", 200, 500),
		rule("GET /v1/subscriptions/*", 200, 500),
		rule("POST /api/v1/bot/", 250, 600),
		rule("POST /token", 200, 500),
		rule("GET /calendar/v3/calendars/*/events", 220, 600),
		rule("POST /v1/messages", 600, 1400),
		rule("POST /v1/chat/completions", 600, 1400),
		rule("POST /v1/responses", 600, 1400),
	}
}

func rule(match string, p50, p95 int) Rule {
	return Rule{Match: match, P50: time.Duration(p50) * time.Millisecond, P95: time.Duration(p95) * time.Millisecond}
}

// Table maps a call to its delay.
type Table struct {
	rules []Rule
	take  func(Rule) time.Duration
}

// ErrFigure reports a figure that the plan does not have.
var ErrFigure = errors.New("latency: want p50, p95 or none")

// NewTable returns the table of one figure: "p50", "p95", or "none" and "" for
// stand-ins that answer at once.
func NewTable(figure string) (*Table, error) {
	switch figure {
	case "", "none":
		return &Table{}, nil
	case "p50":
		return &Table{rules: Rules(), take: func(r Rule) time.Duration { return r.P50 }}, nil
	case "p95":
		return &Table{rules: Rules(), take: func(r Rule) time.Duration { return r.P95 }}, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrFigure, figure)
}

// Of returns how long the call called name takes.
func (t *Table) Of(name string) time.Duration {
	for _, r := range t.rules {
		if ok, _ := path.Match(r.Match, name); ok {
			return t.take(r)
		}
	}
	return 0
}

// Name is what a request calls: "dynamodb.GetItem" for AWS's JSON services,
// method and path for all others.
func Name(r *http.Request) string {
	if _, op, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		return awstest.ServiceOf(r) + "." + op
	}
	return r.Method + " " + r.URL.Path
}

// Before lets a call wait before next answers it. A caller that leaves is not
// waited for.
func (t *Table) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d := t.Of(Name(r)); d > 0 {
			timer := time.NewTimer(d)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
