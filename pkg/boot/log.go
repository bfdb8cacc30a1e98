package boot

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"regexp"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// NewLogger returns the JSON logger of the service. Every line carries the
// request id of the invocation that its context belongs to, and every value
// passes through Scrub; keys that name a secret lose their value altogether.
func NewLogger(w io.Writer, service string) *slog.Logger {
	h := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: redact})
	return slog.New(requestHandler{h}).With("service", service)
}

// requestHandler adds the invocation's ids to each record.
type requestHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h requestHandler) Handle(ctx context.Context, r slog.Record) error {
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("function_request_id", lc.AwsRequestID))
	}
	if trace, ok := ctx.Value("x-amzn-trace-id").(string); ok && trace != "" {
		r.AddAttrs(slog.String("xray_trace_id", trace))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h requestHandler) WithAttrs(as []slog.Attr) slog.Handler {
	return requestHandler{h.Handler.WithAttrs(as)}
}

// WithGroup implements slog.Handler.
func (h requestHandler) WithGroup(name string) slog.Handler {
	return requestHandler{h.Handler.WithGroup(name)}
}

// redact drops the values of keys that name secrets and scrubs the rest.
func redact(_ []string, a slog.Attr) slog.Attr {
	if secretKey(a.Key) {
		return slog.String(a.Key, "[redacted]")
	}
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(Scrub(v))
	case error:
		a.Value = slog.StringValue(Scrub(errorText(v)))
	}
	return a
}

func secretKey(key string) bool {
	k := strings.ToLower(key)
	for _, s := range [...]string{"password", "secret", "token", "authorization", "cookie", "email", "transcript", "api_key"} {
		if strings.Contains(k, s) {
			return true
		}
	}
	return k == "otp"
}

func errorText(err error) (text string) {
	defer func() {
		if recover() != nil { // a nil pointer in an error interface
			text = "unprintable error"
		}
	}()
	if errors.Is(err, context.DeadlineExceeded) {
		return err.Error() + " (deadline)"
	}
	return err.Error()
}

// secrets matches, in one pass, what must never reach a log whatever the key:
// JWTs, Stripe and webhook secrets, bearer values, Cognito's encrypted codes and
// e-mail addresses.
var secrets = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}` +
	`|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]+` +
	`|whsec_[A-Za-z0-9+/=]+` +
	`|sb_(?:secret|publishable)_[A-Za-z0-9_]+` +
	`|(?i:bearer)\s+[A-Za-z0-9._~+/=-]+` +
	`|AYAD[A-Za-z0-9+/=]{20,}` +
	`|[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)

// Scrub replaces everything in s that looks like a secret or an e-mail address.
func Scrub(s string) string {
	return secrets.ReplaceAllString(s, "[redacted]")
}
