package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/rest"
)

// spy is a desk that tells who agreed to what.
type spy struct {
	sub     string
	wish    consent.Wish
	through consent.Through
	calls   int
}

func (s *spy) Agree(_ context.Context, sub string, w consent.Wish, t consent.Through) (consent.Receipt, error) {
	s.sub, s.wish, s.through, s.calls = sub, w, t, s.calls+1
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	return consent.Receipt{Version: *w.Version, AcceptedAt: &at, Cookies: &consent.Choice{Cookies: consent.Cookies{Analytics: true}, At: at}}, nil
}

func ask(t *testing.T, s *spy, body string) rest.Answer {
	t.Helper()
	event, err := json.Marshal(map[string]any{
		"httpMethod": "POST", "path": "/api/consent", "body": body,
		"requestContext": map[string]any{"requestId": "req-1", "identity": map[string]string{"userAgent": "Mozilla/5.0"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	h := handler(s)
	out, err := rest.Serve(slog.New(slog.DiscardHandler), func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		r.Caller = auth.Caller{Sub: "u1", ClientID: "web"}
		return h(ctx, r)
	})(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return out.(rest.Answer)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	var s spy
	got := ask(t, &s, `{"tos_version":"2026-06-01","sub":"u2","accepted_at":"1999-01-01T00:00:00Z"}`)
	const want = `{"tos_version":"2026-06-01","accepted_at":"2026-11-21T12:00:00Z","cookies":{"analytics":true,"marketing":false,"chosen_at":"2026-11-21T12:00:00Z"}}`
	if got.Status != http.StatusOK || got.Body != want {
		t.Errorf("answered %d %s, want 200 %s", got.Status, got.Body, want)
	}
	if s.sub != "u1" || *s.wish.Version != "2026-06-01" || s.through != (consent.Through{ClientID: "web", UserAgent: "Mozilla/5.0"}) {
		t.Errorf("%s agreed through %+v, want u1 by the token's client and the browser", s.sub, s.through)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for body, code := range map[string]string{
		"": "INVALID_BODY", "[]": "INVALID_BODY", `{"tos_version":5}`: "INVALID_FIELD",
		`{"cookies":{"analytics":"yes"}}`: "INVALID_FIELD", `{"x":"` + strings.Repeat("x", maxBody) + `"}`: "BODY_TOO_LARGE",
	} {
		var s spy
		if got := ask(t, &s, body); !strings.Contains(got.Body, `"`+code+`"`) || s.calls != 0 {
			t.Errorf("%.40q answered %s after %d agreements, want %s and none", body, got.Body, s.calls, code)
		}
	}
}
