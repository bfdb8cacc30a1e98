package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"callanalyst/pkg/account"
	"callanalyst/pkg/auth"
	"callanalyst/pkg/rest"
)

// fixed is an exporter with one answer, which tells whom it was asked for.
type fixed struct {
	text string
	err  error
	who  account.Person
}

func (f *fixed) Export(_ context.Context, p account.Person) (io.ReadCloser, error) {
	f.who = p
	return io.NopCloser(strings.NewReader(f.text)), f.err
}

func ask(t *testing.T, f *fixed) (*events.APIGatewayProxyStreamingResponse, string) {
	t.Helper()
	h := handler(f)
	out, err := rest.ServeStream(slog.New(slog.DiscardHandler), func(ctx context.Context, r *rest.Request) (rest.Stream, error) {
		r.Caller = auth.Caller{Sub: "u1", Username: "Google_1"}
		return h(ctx, r)
	})(t.Context(), []byte(`{"httpMethod":"GET","path":"/api/account/export","multiValueQueryStringParameters":{"sub":["u2"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	answer := out.(*events.APIGatewayProxyStreamingResponse)
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	f := &fixed{text: `{"complete":true}`}
	got, body := ask(t, f)
	if got.StatusCode != 200 || body != f.text || got.MultiValueHeaders["Content-Type"][0] != "application/json" || got.MultiValueHeaders["Cache-Control"][0] != "no-store" {
		t.Errorf("answered %d %s with %v, want the export, kept by nobody", got.StatusCode, body, got.MultiValueHeaders)
	}
	if !strings.HasPrefix(got.MultiValueHeaders["Content-Disposition"][0], "attachment") {
		t.Errorf("headers %v do not offer a file", got.MultiValueHeaders)
	}
	if f.who != (account.Person{Sub: "u1", Username: "Google_1"}) {
		t.Errorf("exported %+v, want the token's user", f.who)
	}
}

func TestARefusalHasItsStatus(t *testing.T) {
	t.Parallel()
	got, body := ask(t, &fixed{err: account.ErrUnavailable.With(errors.New("throttled"))})
	if got.StatusCode != 503 || !strings.Contains(body, "UPSTREAM_UNAVAILABLE") || strings.Contains(body, "throttled") {
		t.Errorf("answered %d %s, want a 503 without its cause", got.StatusCode, body)
	}
}
