package stripetest

import (
	"slices"
	"strconv"
)

func (s *Server) listSubscriptions(c *call) (any, error) {
	if name := c.params.unknown("customer", "status", "price", "created", "current_period_end", "current_period_start", "limit", "starting_after", "ending_before", "expand", "collection_method"); name != "" {
		return nil, unknownParam(name)
	}
	if id := c.params.text("customer"); id != "" && s.st.Customers[id] == nil {
		return nil, missingIn("customer", "customer", id)
	}
	found := newest(s.st.Subscriptions, func(sub *Subscription) bool {
		return matches(c, "customer", sub.Customer) && matches(c, "price", sub.Price) &&
			wanted(c.params.text("status"), sub) && c.since("created", sub.Created)
	})
	return page(c, found, func(sub *Subscription) string { return sub.ID }, s.subscriptionObject)
}

// wanted applies Stripe's status filter: all, ended, one status, or, without
// one, all but those that are canceled.
func wanted(status string, sub *Subscription) bool {
	switch status {
	case "all":
		return true
	case "":
		return sub.Status != "canceled"
	case "ended":
		return sub.over()
	}
	return sub.Status == status
}

// since applies a range filter such as created[gte].
func (c *call) since(name string, at int64) bool {
	for op, holds := range map[string]func(int64) bool{
		"gte": func(x int64) bool { return at >= x }, "gt": func(x int64) bool { return at > x },
		"lte": func(x int64) bool { return at <= x }, "lt": func(x int64) bool { return at < x },
	} {
		if x, err := strconv.ParseInt(c.params.text(name, op), 10, 64); err == nil && !holds(x) {
			return false
		}
	}
	return true
}

// subscription finds the one in the path.
func (s *Server) subscription(c *call) (*Subscription, error) {
	sub := s.st.Subscriptions[c.r.PathValue("id")]
	if sub == nil {
		return nil, missing("subscription", c.r.PathValue("id"))
	}
	return sub, nil
}

func (s *Server) getSubscription(c *call) (any, error) {
	sub, err := s.subscription(c)
	if err != nil {
		return nil, err
	}
	return s.subscriptionObject(sub), nil
}

func (s *Server) updateSubscription(c *call) (any, error) {
	p := c.params
	if name := p.unknown("metadata", "cancel_at_period_end", "cancel_at", "pause_collection", "items", "trial_end", "proration_behavior", "expand", "default_payment_method"); name != "" {
		return nil, unknownParam(name)
	}
	sub, err := s.subscription(c)
	if err != nil {
		return nil, err
	}
	if sub.over() && !onlyMetadata(p) {
		return nil, refused("", "", "A canceled subscription can only update its cancellation_details and metadata.")
	}
	price := p.text("items", "0", "price")
	if price != "" && s.st.Prices[price] == nil {
		return nil, missingIn("items[0][price]", "price", price)
	}
	s.update(sub, c, func() { apply(sub, p, price) })
	if p.text("trial_end") == "now" && sub.Status == "trialing" {
		s.renew(sub, c)
	}
	return s.subscriptionObject(sub), nil
}

func onlyMetadata(p *params) bool {
	return p.unknown("metadata", "expand") == ""
}

func apply(sub *Subscription, p *params, price string) {
	if p.has("metadata") {
		sub.Metadata = p.at("metadata").merge(sub.Metadata)
	}
	if v := p.at("cancel_at_period_end"); v.set {
		sub.CancelAtPeriodEnd = v.value == "true"
	}
	if v := p.at("cancel_at"); v.set {
		sub.CancelAt, _ = strconv.ParseInt(v.value, 10, 64)
	}
	if p.has("pause_collection") {
		sub.PauseBehavior = p.text("pause_collection", "behavior")
		sub.PauseUntil, _ = strconv.ParseInt(p.text("pause_collection", "resumes_at"), 10, 64)
	}
	if price != "" {
		sub.Price = price
	}
}

func (s *Server) cancelSubscription(c *call) (any, error) {
	if name := c.params.unknown("invoice_now", "prorate", "cancellation_details", "expand"); name != "" {
		return nil, unknownParam(name)
	}
	sub, err := s.subscription(c)
	if err != nil {
		return nil, err
	}
	if sub.over() {
		return nil, missing("subscription", sub.ID)
	}
	s.end(sub, c)
	return s.subscriptionObject(sub), nil
}

func (s *Server) resumeSubscription(c *call) (any, error) {
	sub, err := s.subscription(c)
	if err != nil {
		return nil, err
	}
	if sub.Status != "paused" {
		return nil, refused("", "", "This subscription is not paused.")
	}
	s.resume(sub, c)
	return s.subscriptionObject(sub), nil
}

// resume begins a new period of a paused subscription.
func (s *Server) resume(sub *Subscription, c *call) {
	if sub.Status != "paused" {
		return
	}
	s.renew(sub, c)
	s.emit("customer.subscription.resumed", s.subscriptionObject(sub), nil, c)
}

func (s *Server) listInvoices(c *call) (any, error) {
	if name := c.params.unknown("customer", "subscription", "status", "created", "limit", "starting_after", "ending_before", "expand", "due_date", "collection_method"); name != "" {
		return nil, unknownParam(name)
	}
	found := newest(s.st.Invoices, func(inv *Invoice) bool {
		return matches(c, "customer", inv.Customer) && matches(c, "subscription", inv.Subscription) && matches(c, "status", inv.Status) && c.since("created", inv.Created)
	})
	return page(c, found, func(inv *Invoice) string { return inv.ID }, s.invoiceObject)
}

func (s *Server) getInvoice(c *call) (any, error) {
	inv := s.st.Invoices[c.r.PathValue("id")]
	if inv == nil {
		return nil, missing("invoice", c.r.PathValue("id"))
	}
	return s.invoiceObject(inv), nil
}

func (s *Server) listEvents(c *call) (any, error) {
	if name := c.params.unknown("type", "types", "created", "delivery_success", "limit", "starting_after", "ending_before", "expand"); name != "" {
		return nil, unknownParam(name)
	}
	oldest := s.now().AddDate(0, 0, -30).Unix() // events are kept for 30 days
	types := c.params.texts("types")
	found := newest(s.st.Events, func(e *Event) bool {
		return e.Created >= oldest && matches(c, "type", e.Type) && (types == nil || slices.Contains(types, e.Type)) &&
			c.since("created", e.Created) && matches(c, "delivery_success", strconv.FormatBool(s.delivered(e)))
	})
	return page(c, found, func(e *Event) string { return e.ID }, eventObject)
}

func (s *Server) getEvent(c *call) (any, error) {
	e := s.st.Events[c.r.PathValue("id")]
	if e == nil {
		return nil, missing("event", c.r.PathValue("id"))
	}
	return eventObject(e), nil
}
