package stack

import (
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/migration/supabasetest"
)

// The one user whom the old system begins with: confirmed, and on the paid plan.
const (
	LegacyEmail    = "legacy@example.com"
	LegacyPassword = "Legacy-Passw0rd-1!"
)

// openSupabase makes the old project. Its user pays at Stripe's stand-in, unless
// the real Stripe stands there.
func openSupabase(s *Stack) (service, error) {
	old := supabasetest.New(supabasetest.Config{
		PublishableKey: s.testValue("supabase", "publishable_key"), SecretKey: s.testValue("supabase", "secret_key"),
	})
	s.Supabase = old
	p := supabasetest.Profile{Email: LegacyEmail, Tier: "pro"}
	if s.Stripe != nil {
		p.CustomerID = s.Stripe.AddCustomer(LegacyEmail, nil)
		s.Stripe.Subscribe(p.CustomerID, "pro_monthly", stripetest.Good, 0)
	}
	p.ID = old.AddUser(supabasetest.User{
		Email: LegacyEmail, Password: LegacyPassword, Name: "Lee Gacy",
		Confirmed: time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC), Created: time.Date(2025, 3, 1, 8, 59, 0, 0, time.UTC),
	})
	old.AddProfile(p)
	return service{Handler: old, save: old.Snapshot, load: old.Restore}, nil
}
