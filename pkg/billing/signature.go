package billing

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

const (
	// MaxWebhookBody bounds a webhook's body. Stripe's events are a few kilobytes.
	MaxWebhookBody = 256 << 10
	// Tolerance is how far a signature's time may lie from ours, either way.
	Tolerance = 5 * time.Minute

	maxSignature = 4 << 10         // of the header
	refetchEvery = 1 * time.Minute // how often a bad signature may ask for new secrets
)

var (
	// ErrSignature reports a webhook that Stripe did not sign, or not lately.
	ErrSignature = fault.New(fault.Invalid, "SIGNATURE_INVALID", "This request is not signed by Stripe for this endpoint.")
	// ErrNoSecret reports that no usable webhook secret is configured. An empty
	// one would verify what anybody signs.
	ErrNoSecret = fault.New(fault.Internal, "INTERNAL", "Webhooks cannot be verified right now.")
	// ErrBodyTooLarge reports a webhook over MaxWebhookBody.
	ErrBodyTooLarge = fault.New(fault.TooLarge, "BODY_TOO_LARGE", "The request's body is too large for a webhook.")
)

// WebhookSecrets lends the endpoint's signing secrets to a check. When the
// check's error wraps boot.ErrRejected, they may be fetched anew.
type WebhookSecrets func(ctx context.Context, check func(ctx context.Context, secrets []string) error) error

// SecretWebhooks lends the webhook secrets of the secret id, as the cache has it.
func SecretWebhooks(cache *boot.Secrets, id string) WebhookSecrets {
	return func(ctx context.Context, check func(context.Context, []string) error) error {
		return boot.Use(ctx, cache, id, func(ctx context.Context, s Secret) error { return check(ctx, s.WebhookSecrets) })
	}
}

// FixedWebhooks lends the same secrets for good.
func FixedWebhooks(secrets ...string) WebhookSecrets {
	return func(ctx context.Context, check func(context.Context, []string) error) error {
		return check(ctx, secrets)
	}
}

// Signatures verifies that a body comes from Stripe: any of several secrets, as
// while one is being rolled, and a time close to now in both directions. It is
// safe for concurrent use.
type Signatures struct {
	Secrets WebhookSecrets
	Now     func() time.Time

	mu      sync.Mutex
	refetch time.Time // when a bad signature may next ask for new secrets
}

// Verify checks the raw body under the header Stripe-Signature. It fails closed:
// without a usable secret nothing is accepted.
func (v *Signatures) Verify(ctx context.Context, header string, body []byte) error {
	if len(body) > MaxWebhookBody {
		return ErrBodyTooLarge
	}
	if err := v.fresh(header); err != nil {
		return ErrSignature.With(err)
	}
	return v.Secrets(ctx, func(_ context.Context, secrets []string) error {
		if err := CheckSecrets(secrets); err != nil {
			return err
		}
		for _, secret := range secrets {
			if webhook.ValidatePayloadIgnoringTolerance(body, header, secret) == nil {
				return nil
			}
		}
		return v.refusal()
	})
}

// CheckSecrets returns ErrNoSecret unless every secret is one of Stripe's.
func CheckSecrets(secrets []string) error {
	if len(secrets) == 0 {
		return ErrNoSecret.With(errors.New("billing: no webhook secret is configured"))
	}
	for i, s := range secrets {
		if s == "whsec_" || !strings.HasPrefix(s, "whsec_") {
			return ErrNoSecret.With(fmt.Errorf("billing: webhook secret %d of %d is empty or does not begin with whsec_", i+1, len(secrets)))
		}
	}
	return nil
}

// refusal is the error of a bad signature. Once a minute it asks for the secrets
// anew: perhaps one was rolled. More often an attacker could make us do it.
func (v *Signatures) refusal() error {
	err := error(ErrSignature.With(errors.New("billing: no secret matches the signature")))
	v.mu.Lock()
	defer v.mu.Unlock()
	if now := v.Now(); !now.Before(v.refetch) {
		v.refetch = now.Add(refetchEvery)
		err = errors.Join(err, boot.ErrRejected)
	}
	return err
}

// fresh checks the header's one timestamp against the clock.
func (v *Signatures) fresh(header string) error {
	at, err := signedAt(header)
	if err != nil {
		return err
	}
	if off := v.Now().Sub(at); off > Tolerance || off < -Tolerance {
		return fmt.Errorf("billing: signed %v away from now", off.Round(time.Second))
	}
	return nil
}

// signedAt returns the time in the header, which must be there exactly once.
func signedAt(header string) (time.Time, error) {
	if len(header) > maxSignature {
		return time.Time{}, errors.New("billing: signature header is too long")
	}
	var at time.Time
	for part := range strings.SplitSeq(header, ",") {
		text, ok := strings.CutPrefix(part, "t=")
		if !ok {
			continue
		}
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !at.IsZero() {
			return time.Time{}, errors.New("billing: signature header has no single time")
		}
		at = time.Unix(seconds, 0)
	}
	if at.IsZero() {
		return time.Time{}, errors.New("billing: signature header has no time")
	}
	return at, nil
}
