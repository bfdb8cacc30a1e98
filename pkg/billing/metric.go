package billing

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"callanalyst/pkg/entitlement"
)

// The metrics, in the namespace CallAnalyst with the function as dimension. Each
// is a count on a log line (CloudWatch's embedded metric format), so none of
// them costs a call.
const (
	metricConflict  = "PaidOnOtherCustomer" // somebody pays on a customer that is not the user's
	metricStrange   = "PaidForUnknownPrice" // somebody pays a price that belongs to no plan
	metricRepaired  = "EntitlementsRepaired"
	metricRecovered = "StripeEventsRecovered"
)

// emf returns the attributes that make a log line count n in the metric.
func emf(now time.Time, metric string, n int) []any {
	return []any{
		slog.Group("_aws",
			slog.Int64("Timestamp", now.UnixMilli()),
			slog.Any("CloudWatchMetrics", []map[string]any{{
				"Namespace": "CallAnalyst", "Dimensions": [][]string{{"service"}},
				"Metrics": []map[string]string{{"Name": metric, "Unit": "Count"}},
			}})),
		metric, n,
	}
}

// warn writes a line, with a metric that an alarm watches, for each thing about
// a projection that a person must look into: money that buys nothing.
func warn(ctx context.Context, log *slog.Logger, now time.Time, p Projection, customer string) {
	if p.Paying {
		log.ErrorContext(ctx, "payment on a customer that is not the user's", append(emf(now, metricConflict, 1),
			"code", "PAID_ON_OTHER_CUSTOMER", "sub", p.Sub, "customer", customer)...)
	}
	for _, price := range p.Strange {
		log.ErrorContext(ctx, "payment for a price of no plan", append(emf(now, metricStrange, 1),
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
