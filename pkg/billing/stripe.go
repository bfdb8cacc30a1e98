package billing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"callanalyst/pkg/boot"
)

// StripeTimeout bounds one call to Stripe. The caller's context may end it
// sooner.
const StripeTimeout = 4 * time.Second

// Keys lends Stripe's secret key to a call. When the call's error wraps
// boot.ErrRejected, it may fetch the key anew and call once more.
type Keys func(ctx context.Context, call func(ctx context.Context, key string) error) error

// Secret is the JSON of the secret callanalyst/stripe.
type Secret struct {
	SecretKey      string   `json:"secret_key"`
	WebhookSecrets []string `json:"webhook_secrets"`
}

// SecretKeys lends the key of the secret id, as the cache has it.
func SecretKeys(cache *boot.Secrets, id string) Keys {
	return func(ctx context.Context, call func(context.Context, string) error) error {
		return boot.Use(ctx, cache, id, func(ctx context.Context, s Secret) error { return call(ctx, s.SecretKey) })
	}
}

// FixedKey lends one key for good. Tests and tools use it.
func FixedKey(key string) Keys {
	return func(ctx context.Context, call func(context.Context, string) error) error { return call(ctx, key) }
}

// Stripe makes the calls to Stripe's API that this project needs. It speaks API
// version 2023-10-16, whatever the account's default is, and reads answers
// narrowly: only the fields that decide something. It is safe for concurrent use.
type Stripe struct {
	keys    Keys
	backend stripe.Backend
}

// NewStripe returns a client of the API at base ("" is the real one), which
// sends its requests through c.
func NewStripe(base string, c *http.Client, keys Keys) *Stripe {
	client := http.Client{Transport: guard{next: transportOf(c)}, Timeout: StripeTimeout}
	cfg := &stripe.BackendConfig{
		HTTPClient: &client,
		// Its own retries sleep without regard for the context; call has them.
		MaxNetworkRetries: stripe.Int64(0),
		EnableTelemetry:   stripe.Bool(false),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull},
	}
	if base != "" {
		cfg.URL = stripe.String(base)
	}
	return &Stripe{keys: keys, backend: stripe.GetBackendWithConfig(stripe.APIBackend, cfg)}
}

// transportOf returns the client's transport, the default one when it has none.
func transportOf(c *http.Client) http.RoundTripper {
	if c.Transport == nil {
		return http.DefaultTransport
	}
	return c.Transport
}

// answer is what every narrow answer type embeds for the backend.
type answer struct{ stripe.APIResource }

// replayed reports whether Stripe answered from what it kept for the key.
func (a *answer) replayed() bool {
	return a.LastResponse != nil && a.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// request is one call before it is sent.
type request struct {
	method string
	path   string
	params any    // a stripe-go params struct, or nil
	key    string // idempotency key; a POST without one must be harmless twice
}

// call sends the request and decodes its answer into out. It repeats what is
// safe to repeat, as long as the context lasts.
func (s *Stripe) call(ctx context.Context, r request, out stripe.LastResponseSetter) error {
	body := &form.Values{}
	if r.params != nil {
		form.AppendTo(body, r.params)
	}
	return retrying(ctx, r.method, func() error {
		return s.keys(ctx, func(ctx context.Context, key string) error {
			p := &stripe.Params{Context: ctx}
			if r.key != "" {
				p.SetIdempotencyKey(r.key)
			}
			return apiFailure(s.backend.CallRaw(r.method, r.path, key, body, p, out))
		})
	})
}

// APIError is an answer of Stripe that is not 2xx, without the free text that
// may quote what was sent.
type APIError struct {
	Status    int    // HTTP status
	Type      string // invalid_request_error, idempotency_error, card_error, api_error
	Code      string // resource_missing, …; may be empty
	Param     string
	RequestID string // for Stripe's support
}

// Error implements error.
func (e *APIError) Error() string {
	return fmt.Sprintf("stripe answered %d %s %s %s (%s)", e.Status, e.Type, e.Code, e.Param, e.RequestID)
}

// apiFailure turns stripe-go's error into an APIError. A refused key becomes
// boot.ErrRejected, which makes the secret's cache look again.
func apiFailure(err error) error {
	var se *stripe.Error
	if !errors.As(err, &se) {
		return err
	}
	e := &APIError{Status: se.HTTPStatusCode, Type: string(se.Type), Code: string(se.Code), Param: se.Param, RequestID: se.RequestID}
	if e.Status == http.StatusUnauthorized {
		return errors.Join(boot.ErrRejected, e)
	}
	return e
}

// isMissing reports whether Stripe does not know an object that was named.
func isMissing(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Code == string(stripe.ErrorCodeResourceMissing)
}

// isMissingCustomer reports whether it is the customer that Stripe does not know.
func isMissingCustomer(err error) bool {
	var e *APIError
	return isMissing(err) && errors.As(err, &e) && e.Param == "customer"
}
