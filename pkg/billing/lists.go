package billing

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"

	"callanalyst/pkg/entitlement"
)

// Live returns a function that reports whether our key is a live one.
func Live(keys Keys) func(ctx context.Context) (bool, error) {
	return func(ctx context.Context) (live bool, err error) {
		err = keys(ctx, func(_ context.Context, key string) error {
			live = strings.Contains(key, "_live_")
			return nil
		})
		return live, err
	}
}

// Subscriber is one subscription in a list of everybody's.
type Subscriber struct {
	Customer     string
	Sub          string // the user, as its metadata has it
	Subscription entitlement.Subscription
}

// Subscribers returns a page of all subscriptions in every state, the newest
// first, that begins after the given id, with Stripe's time of the answer.
func (s *Stripe) Subscribers(ctx context.Context, after string) (page []Subscriber, at time.Time, more bool, err error) {
	p := &stripe.SubscriptionListParams{Status: stripe.String("all")}
	p.Limit = stripe.Int64(100)
	if after != "" {
		p.StartingAfter = &after
	}
	var got list[subscription]
	if err := s.call(ctx, request{method: http.MethodGet, path: "/v1/subscriptions", params: p}, &got); err != nil {
		return nil, time.Time{}, false, fmt.Errorf("billing: list subscriptions: %w", err)
	}
	for _, x := range got.Data {
		d, _ := x.domain(0)
		page = append(page, Subscriber{Customer: x.Customer.ID, Sub: x.Metadata.Sub, Subscription: d})
	}
	return page, got.date(), got.HasMore, nil
}

// Undelivered returns a page of the events since a time that some webhook
// delivery has failed for, the newest first, that begins after the given id.
func (s *Stripe) Undelivered(ctx context.Context, since time.Time, after string) (page []Event, more bool, err error) {
	p := &stripe.EventListParams{DeliverySuccess: stripe.Bool(false), CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	p.Limit = stripe.Int64(100)
	if after != "" {
		p.StartingAfter = &after
	}
	var got list[rawEvent]
	if err := s.call(ctx, request{method: http.MethodGet, path: "/v1/events", params: p}, &got); err != nil {
		return nil, false, fmt.Errorf("billing: list undelivered events: %w", err)
	}
	for _, x := range got.Data {
		page = append(page, x.Event)
	}
	return page, got.HasMore, nil
}

// Event returns one event of the last 30 days.
func (s *Stripe) Event(ctx context.Context, id string) (Event, error) {
	var got answer
	if err := s.call(ctx, request{method: http.MethodGet, path: "/v1/events/" + id}, &got); err != nil {
		return Event{}, fmt.Errorf("billing: fetch event %s: %w", id, err)
	}
	return ParseEvent(got.LastResponse.RawJSON)
}

// rawEvent decodes an event within a list.
type rawEvent struct{ Event }

// UnmarshalJSON implements json.Unmarshaler.
func (r *rawEvent) UnmarshalJSON(b []byte) (err error) {
	r.Event, err = ParseEvent(b)
	return err
}
