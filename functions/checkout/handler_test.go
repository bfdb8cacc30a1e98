package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/rest"
)

// desk is a starter with one answer, that keeps what it was asked.
type desk struct {
	session billing.Session
	err     error
	who     billing.Person
	wish    billing.Wish
}

func (d *desk) Start(_ context.Context, who billing.Person, w billing.Wish) (billing.Session, error) {
	d.who, d.wish = who, w
	return d.session, d.err
}

// ask sends a body from a signed-in caller and returns the answer.
func ask(t *testing.T, d *desk, body string) rest.Answer {
	t.Helper()
	event, err := json.Marshal(map[string]any{
		"httpMethod": "POST", "path": "/api/checkout", "body": body, "requestContext": map[string]any{"requestId": "req-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	signedIn := func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		r.Caller = auth.Caller{Sub: "u1", Username: "Google_1"}
		return handler(d)(ctx, r)
	}
	out, err := rest.Serve(slog.New(slog.DiscardHandler), signedIn)(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return out.(rest.Answer)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	open := billing.Session{ID: "cs_1", URL: "https://checkout.stripe.com/c/pay/cs_1"}
	tests := []struct {
		name   string
		desk   desk
		body   string
		status int
		want   string
	}{
		{name: "a session and where to pay", desk: desk{session: open}, body: `{"tier":"pro"}`, status: 200, want: `{"session_id":"cs_1","url":"https://checkout.stripe.com/c/pay/cs_1"}`},
		{name: "a subscriber gets the portal", desk: desk{err: &billing.AlreadySubscribed{PortalURL: "https://billing.stripe.com/p/1"}}, body: `{"tier":"pro"}`, status: 409, want: `"code":"ALREADY_SUBSCRIBED","detail":"You have a subscription already. Change it in the billing portal.","request_id":"req-1","portal_url":"https://billing.stripe.com/p/1"}`},
		{name: "a subscriber without a portal is told so all the same", desk: desk{err: &billing.AlreadySubscribed{}}, body: `{"tier":"pro"}`, status: 409, want: `"request_id":"req-1"}`},
		{name: "a plan that there is not", desk: desk{err: billing.ErrTier}, body: `{"tier":"gold"}`, status: 400, want: `"code":"INVALID_FIELD"`},
		{name: "Stripe is down", desk: desk{err: billing.ErrUnavailable.With(errors.New("refused"))}, body: `{"tier":"pro"}`, status: 503, want: `"code":"UPSTREAM_UNAVAILABLE"`},
		{name: "no JSON", body: `tier=pro`, status: 400, want: `"code":"INVALID_BODY"`},
		{name: "too much of it", body: `{"tier":"` + strings.Repeat("p", 5000) + `"}`, status: 413, want: `"code":"BODY_TOO_LARGE"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := ask(t, &tt.desk, tt.body)
			if got.Status != tt.status || !strings.Contains(got.Body, tt.want) {
				t.Errorf("%s: %d %s, want %d …%s…", tt.body, got.Status, got.Body, tt.status, tt.want)
			}
			if kind := http.Header(got.Headers).Get("Content-Type"); (kind == "application/problem+json") != (tt.status != 200) {
				t.Errorf("content type of a %d is %q", tt.status, kind)
			}
		})
	}
}

// A body must not choose the user, the price or where the browser goes.
func TestTheCallerChoosesThePlanAlone(t *testing.T) {
	t.Parallel()
	d := &desk{session: billing.Session{ID: "cs_1"}}
	ask(t, d, `{"tier":"pro","promotion_code":"LAUNCH20","sub":"u2","price":"price_1","amount":1,"success_url":"https://evil.example"}`)
	if want := (billing.Person{Sub: "u1", Username: "Google_1"}); d.who != want {
		t.Errorf("asked for %+v, want %+v", d.who, want)
	}
	if want := (billing.Wish{Tier: "pro", PromotionCode: "LAUNCH20"}); d.wish != want {
		t.Errorf("wish = %+v, want %+v", d.wish, want)
	}
}
