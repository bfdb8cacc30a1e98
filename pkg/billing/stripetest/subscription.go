package stripetest

import "time"

// Subscription is one subscription of a customer.
type Subscription struct {
	entry
	Customer string            `json:"customer"`
	Price    string            `json:"price"`
	Item     string            `json:"item"`
	Status   string            `json:"status"`
	Metadata map[string]string `json:"metadata"`
	Discount string            `json:"discount"` // a coupon's id
	Session  string            `json:"session"`  // the checkout that began it

	Anchor      int   `json:"anchor"` // the day of the month on which periods begin
	PeriodStart int64 `json:"period_start"`
	PeriodEnd   int64 `json:"period_end"`
	TrialStart  int64 `json:"trial_start"`
	TrialEnd    int64 `json:"trial_end"`
	Warned      bool  `json:"warned"` // trial_will_end was sent

	// MissingMethod is what happens at the trial's end without a card:
	// create_invoice, cancel or pause.
	MissingMethod string `json:"missing_method"`

	CancelAtPeriodEnd bool  `json:"cancel_at_period_end"`
	CancelAt          int64 `json:"cancel_at"`
	CanceledAt        int64 `json:"canceled_at"`
	EndedAt           int64 `json:"ended_at"`

	PauseBehavior string `json:"pause_behavior"` // of pause_collection; "" when it is not paused
	PauseUntil    int64  `json:"pause_until"`

	LatestInvoice string `json:"latest_invoice"`
}

// over reports whether nothing happens to the subscription any more.
func (sub *Subscription) over() bool {
	return sub.Status == "canceled" || sub.Status == "incomplete_expired"
}

// subscriptionObject is the subscription as API version 2023-10-16 shows it.
func (s *Server) subscriptionObject(sub *Subscription) object {
	return object{
		"id": sub.ID, "object": "subscription", "created": sub.Created, "customer": sub.Customer, "status": sub.Status,
		"billing_cycle_anchor": sub.Created, "collection_method": "charge_automatically", "currency": "usd",
		"current_period_start": sub.PeriodStart, "current_period_end": sub.PeriodEnd,
		"cancel_at_period_end": sub.CancelAtPeriodEnd, "cancel_at": orZero(sub.CancelAt), "canceled_at": orZero(sub.CanceledAt),
		"ended_at": orZero(sub.EndedAt), "trial_start": orZero(sub.TrialStart), "trial_end": orZero(sub.TrialEnd),
		"trial_settings":   object{"end_behavior": object{"missing_payment_method": sub.MissingMethod}},
		"pause_collection": s.pauseObject(sub), "latest_invoice": orNil(sub.LatestInvoice), "livemode": s.live(),
		"metadata": orEmpty(sub.Metadata), "start_date": sub.Created, "quantity": 1, "default_payment_method": nil,
		"discount": s.discountObject(sub), "test_clock": nil, "pending_update": nil, "schedule": nil,
		"items": object{"object": "list", "has_more": false, "url": "/v1/subscription_items?subscription=" + sub.ID, "total_count": 1,
			"data": []object{{
				"id": sub.Item, "object": "subscription_item", "created": sub.Created, "metadata": object{},
				"price": s.priceObject(s.st.Prices[sub.Price]), "quantity": 1, "subscription": sub.ID,
			}}},
	}
}

func (s *Server) pauseObject(sub *Subscription) any {
	if sub.PauseBehavior == "" {
		return nil
	}
	return object{"behavior": sub.PauseBehavior, "resumes_at": orZero(sub.PauseUntil)}
}

func (s *Server) discountObject(sub *Subscription) any {
	c := s.st.Coupons[sub.Discount]
	if c == nil {
		return nil
	}
	return object{"object": "discount", "coupon": s.couponObject(c), "subscription": sub.ID}
}

// orZero shows an absent time as null.
func orZero(unix int64) any {
	if unix == 0 {
		return nil
	}
	return unix
}

// update changes a subscription and tells of it.
func (s *Server) update(sub *Subscription, c *call, change func()) {
	before := s.subscriptionObject(sub)
	change()
	s.emit("customer.subscription.updated", s.subscriptionObject(sub), before, c)
}

// end ends a subscription now; what it owes is void.
func (s *Server) end(sub *Subscription, c *call) {
	now := s.now().Unix()
	for _, inv := range s.open(sub) {
		s.settle(inv, "void", c)
	}
	sub.Status, sub.EndedAt = "canceled", now
	if sub.CanceledAt == 0 {
		sub.CanceledAt = now
	}
	s.emit("customer.subscription.deleted", s.subscriptionObject(sub), nil, c)
}

// open returns the invoices of a subscription that are neither paid nor void,
// the newest first.
func (s *Server) open(sub *Subscription) []*Invoice {
	return newest(s.st.Invoices, func(inv *Invoice) bool {
		return inv.Subscription == sub.ID && (inv.Status == "open" || inv.Status == "draft")
	})
}

// nextMonth returns the same day of the next month, or its last day.
func nextMonth(t time.Time, anchor int) time.Time {
	first := time.Date(t.Year(), t.Month()+1, 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(anchor, last)-1)
}
