package stripetest

// Invoice is one bill of a subscription.
type Invoice struct {
	entry
	Customer     string `json:"customer"`
	Subscription string `json:"subscription"`
	Status       string `json:"status"` // draft, open, paid, void, uncollectible
	Reason       string `json:"reason"` // subscription_create, subscription_cycle
	Amount       int64  `json:"amount"` // cents
	Charge       string `json:"charge"`
	Attempts     int    `json:"attempts"`
	NextAttempt  int64  `json:"next_attempt"` // 0 when Stripe will not try by itself
	PeriodStart  int64  `json:"period_start"`
	PeriodEnd    int64  `json:"period_end"`
}

// Charge is one payment that went through.
type Charge struct {
	entry
	Customer string `json:"customer"`
	Invoice  string `json:"invoice"`
	Amount   int64  `json:"amount"`
	Refunded int64  `json:"refunded"` // cents
	Disputed bool   `json:"disputed"`
}

// invoiceObject is the invoice as API version 2023-10-16 shows it.
func (s *Server) invoiceObject(inv *Invoice) object {
	sub := s.st.Subscriptions[inv.Subscription]
	paid := inv.Status == "paid"
	o := object{
		"id": inv.ID, "object": "invoice", "created": inv.Created, "customer": inv.Customer, "subscription": inv.Subscription,
		"status": inv.Status, "billing_reason": inv.Reason, "amount_due": inv.Amount, "amount_paid": int64(0), "amount_remaining": inv.Amount,
		"total": inv.Amount, "subtotal": inv.Amount, "currency": "usd", "paid": paid, "charge": orNil(inv.Charge),
		"attempt_count": inv.Attempts, "attempted": inv.Attempts > 0, "next_payment_attempt": orZero(inv.NextAttempt),
		"auto_advance": !paid, "period_start": inv.PeriodStart, "period_end": inv.PeriodEnd, "livemode": s.live(),
		"metadata": object{}, "collection_method": "charge_automatically",
		"subscription_details": object{"metadata": orEmpty(sub.Metadata)},
		"lines":                object{"object": "list", "data": []object{}, "has_more": false, "url": "/v1/invoices/" + inv.ID + "/lines"},
	}
	if paid {
		o["amount_paid"], o["amount_remaining"] = inv.Amount, int64(0)
	}
	return o
}

func (s *Server) chargeObject(ch *Charge) object {
	return object{
		"id": ch.ID, "object": "charge", "created": ch.Created, "customer": orNil(ch.Customer), "invoice": orNil(ch.Invoice),
		"amount": ch.Amount, "amount_captured": ch.Amount, "amount_refunded": ch.Refunded, "refunded": ch.Refunded >= ch.Amount,
		"disputed": ch.Disputed, "captured": true, "paid": true, "status": "succeeded", "currency": "usd",
		"livemode": s.live(), "metadata": object{},
	}
}

// bill makes an invoice for the subscription's current period.
func (s *Server) bill(sub *Subscription, reason, status string, c *call) *Invoice {
	inv := &Invoice{
		entry: s.entry("in"), Customer: sub.Customer, Subscription: sub.ID, Status: status, Reason: reason,
		Amount: s.due(sub), PeriodStart: sub.PeriodStart, PeriodEnd: sub.PeriodEnd,
	}
	s.st.Invoices[inv.ID] = inv
	sub.LatestInvoice = inv.ID
	s.emit("invoice.created", s.invoiceObject(inv), nil, c)
	return inv
}

// due is what the subscription's period costs.
func (s *Server) due(sub *Subscription) int64 {
	if sub.Status == "trialing" {
		return 0
	}
	amount := s.st.Prices[sub.Price].Amount
	if c := s.st.Coupons[sub.Discount]; c != nil {
		amount -= int64(float64(amount) * c.PercentOff / 100)
		if c.Duration == "once" {
			sub.Discount = ""
		}
	}
	return amount
}

// settle ends an invoice without money.
func (s *Server) settle(inv *Invoice, status string, c *call) {
	inv.Status, inv.NextAttempt = status, 0
	kind := "invoice.voided"
	if status == "uncollectible" {
		kind = "invoice.marked_uncollectible"
	}
	s.emit(kind, s.invoiceObject(inv), nil, c)
}
