package stack

import (
	"context"
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
		Handler: s.Stripe, save: s.Stripe.Snapshot, load: s.Stripe.Restore,
		run: func(ctx context.Context) {
			s.Stripe.SetEndpoints(s.stripeEndpoints()...)
			s.Stripe.Run(ctx)
		},
	}, nil
}

// stripeEndpoints are where this run takes events: one of an earlier run, whose
// state was kept, may have been at another port.
func (s *Stack) stripeEndpoints() []stripetest.Endpoint {
	if !s.routes(stripeHook) {
		return nil
	}
	return []stripetest.Endpoint{{URL: s.inner(edgePort) + stripeHook, Secrets: []string{s.testValue("stripe", "webhook_secrets")}}}
}

// routes reports whether a function of the plan answers the path.
func (s *Stack) routes(path string) bool {
	return slices.ContainsFunc(s.plan.Functions, func(f fleet.Function) bool { return f.Trigger.Path == path })
}
