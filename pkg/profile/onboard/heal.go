package onboard

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/profile"
)

const (
	customerBound = time.Second            // a read waits no longer for Stripe
	consentBound  = 500 * time.Millisecond // nor for the consents table
)

// Healer does at first use what Onboarding could not do at confirmation. It
// never fails its caller, and never holds one up for long: each attempt has a
// deadline of its own, and after a failure there is none for a while. It is safe
// for concurrent use.
type Healer struct {
	Consents  Consents
	Customers Customers
	Mirror    interface {
		Set(ctx context.Context, poolID, username, customerID string) error
	}
	PoolID string
	Log    *slog.Logger
	Now    func() time.Time

	customers, consents rests
}

// Consent records the acceptance that waits since the sign-up of p and returns
// its terms version; "" if none waits, or it cannot be recorded now.
func (h *Healer) Consent(ctx context.Context, p profile.Person) string {
	if h.consents.resting(p.Sub, h.Now()) {
		return ""
	}
	ctx, stop := context.WithTimeout(ctx, consentBound)
	defer stop()
	version, err := h.Consents.Promote(ctx, p.Sub, p.Username)
	if err != nil {
		h.consents.rest(everybody, h.Now())
		h.failed(ctx, stepConsent, p.Sub, err)
		return ""
	}
	if version != "" {
		h.healed(ctx, "ConsentHealed", p.Sub)
	}
	return version
}

// Customer links p to a Stripe customer and mirrors its id in Cognito.
func (h *Healer) Customer(ctx context.Context, p profile.Person, email string) {
	if h.customers.resting(p.Sub, h.Now()) {
		return
	}
	ctx, stop := context.WithTimeout(ctx, customerBound)
	defer stop()
	id, err := h.Customers.Link(ctx, billing.User{Sub: p.Sub, Email: email})
	if err != nil {
		h.customers.rest(concerned(p.Sub, err), h.Now())
		h.failed(ctx, stepCustomer, p.Sub, err)
		return
	}
	h.healed(ctx, "CustomerHealed", p.Sub)
	if err := h.Mirror.Set(ctx, h.PoolID, p.Username, id); err != nil {
		h.failed(ctx, stepMirror, p.Sub, err)
	}
}

// concerned says whom a failure is about: Stripe's refusal of one customer
// concerns that user, anything else everybody.
func concerned(sub string, err error) string {
	var e *billing.APIError
	if !errors.As(err, &e) {
		return everybody
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound:
		return sub
	}
	return everybody
}

func (h *Healer) failed(ctx context.Context, s step, sub string, err error) {
	h.Log.WarnContext(ctx, "not healed", append(boot.Count(h.Now(), s.metric, 1),
		"code", s.code, "step", s.name, "cause", fault.Of(err).Code, "sub", sub, "error", err)...)
}

func (h *Healer) healed(ctx context.Context, metric, sub string) {
	h.Log.InfoContext(ctx, "healed", append(boot.Count(h.Now(), metric, 1), "sub", sub)...)
}
