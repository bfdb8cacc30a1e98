package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/fleet"
)

// stripeHook is where Stripe's events go, if the fleet has a function for them.
const stripeHook = "/webhooks/stripe"

// openStripe makes the account. It sends its events once the fleet is ready.
func openStripe(s *Stack) (service, error) {
	s.Stripe = stripetest.New(stripetest.Config{Now: time.Now, BaseURL: s.URL("stripe")})
	return service{
		Handler: s.Stripe, save: s.Stripe.Snapshot,
		load: func(doc []byte) error {
			doc, err := withoutEndpoints(doc)
			if err != nil {
				return err
			}
			return s.Stripe.Restore(doc)
		},
		run: func(ctx context.Context) {
			if s.routes(stripeHook) {
				s.Stripe.AddEndpoint(stripetest.Endpoint{URL: s.inner(edgePort) + stripeHook, Secrets: []string{s.testValue("stripe", "webhook_secrets")}})
			}
			s.Stripe.Run(ctx)
		},
	}, nil
}

// routes reports whether a function of the plan answers the path.
func (s *Stack) routes(path string) bool {
	return slices.ContainsFunc(s.plan.Functions, func(f fleet.Function) bool { return f.Trigger.Path == path })
}

// withoutEndpoints takes an earlier run's address out of a snapshot: this run
// may be at another port.
func withoutEndpoints(doc []byte) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(doc, &fields); err != nil {
		return nil, fmt.Errorf("stack: read Stripe's state: %w", err)
	}
	delete(fields, "endpoints")
	return json.Marshal(fields)
}
