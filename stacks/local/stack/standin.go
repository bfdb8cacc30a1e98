package stack

import (
	"net/http"
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/fleet"
)

// standin is a pretend outside party on a port of its own. Adding one is adding
// one row to standins.
type standin struct {
	name string
	port int
	what string
	// settings are the addresses that functions reach it by, with what follows
	// the stand-in's own address.
	settings map[string]string
	secret   string // whose fields in .env replace it
	open     func(*Stack) (service, error)
}

// service is a stand-in that runs: what it answers, and its state.
type service struct {
	http.Handler
	save func() ([]byte, error)
	load func([]byte) error
}

// standins lists the stand-ins that have ports of their own.
func standins() []standin {
	return []standin{
		{
			name: "stripe", port: 12111, what: "Stripe: the API and its payment pages", secret: "stripe",
			settings: map[string]string{"STRIPE_API_BASE": ""}, open: openStripe,
		},
	}
}

func openStripe(s *Stack) (service, error) {
	s.Stripe = stripetest.New(stripetest.Config{Now: time.Now})
	return service{Handler: s.Stripe, save: s.Stripe.Snapshot, load: s.Stripe.Restore}, nil
}

// replaced reports whether .env names the real party in place of the stand-in.
func (s standin) replaced(p Plan) bool {
	var names []string
	for setting := range s.settings {
		names = append(names, setting)
	}
	for _, secret := range fleet.Secrets() {
		if secret.Name == s.secret {
			names = append(names, secretEnv(secret)...)
		}
	}
	return p.given(names...)
}
