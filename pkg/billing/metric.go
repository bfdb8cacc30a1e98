package billing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/entitlement"
)

// The metrics, each a count on a log line.
const (
	metricConflict  = "PaidOnOtherCustomer" // somebody pays on a customer that is not the user's
	metricStrange   = "PaidForUnknownPrice" // somebody pays a price that belongs to no plan
	metricRepaired  = "EntitlementsRepaired"
	metricRecovered = "StripeEventsRecovered"
)

// warn writes a line, with a metric that an alarm watches, for each thing about
// a projection that a person must look into: money that buys nothing.
func warn(ctx context.Context, log *slog.Logger, now time.Time, p Projection, customer string) {
	if p.Paying {
		log.ErrorContext(ctx, "payment on a customer that is not the user's", append(boot.Count(now, metricConflict, 1),
			"code", "PAID_ON_OTHER_CUSTOMER", "sub", p.Sub, "customer", customer)...)
	}
	for _, price := range p.Strange {
		log.ErrorContext(ctx, "payment for a price of no plan", append(boot.Count(now, metricStrange, 1),
			"code", "PAID_FOR_UNKNOWN_PRICE", "sub", p.Sub, "customer", customer, "price", price)...)
	}
}

// describe is an entitlement in a few words, for the log.
func describe(e entitlement.Entitlement) string {
	s := fmt.Sprintf("%s %s %s", e.Tier, e.Status, e.SubscriptionID)
	if !e.EntitledUntil.IsZero() {
		s += " until " + e.EntitledUntil.Format(time.RFC3339)
	}
	return s
}
