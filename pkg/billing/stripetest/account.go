package stripetest

import "maps"

// The methods below look into the account and change it as an operator would
// in the Dashboard.

// Customers returns the customers that are not deleted, newest first.
func (s *Server) Customers() []Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(newest(s.st.Customers, func(cus *Customer) bool { return !cus.Deleted }))
}

// Customer returns one customer, deleted or not.
func (s *Server) Customer(id string) (Customer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cus, ok := s.st.Customers[id]
	if !ok {
		return Customer{}, false
	}
	return *cus, true
}

// AddCustomer makes a customer and returns its id.
func (s *Server) AddCustomer(email string, metadata map[string]string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	cus := &Customer{entry: s.entry("cus"), Email: email, Metadata: maps.Clone(metadata)}
	s.st.Customers[cus.ID] = cus
	s.changed(cus)
	s.emit("customer.created", s.customerObject(cus), nil, nil)
	return cus.ID
}

// DeleteCustomer deletes a customer and reports whether there was one.
func (s *Server) DeleteCustomer(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cus, err := s.customer(id)
	if err == nil {
		s.bury(cus, nil)
	}
	return err == nil
}

// SetCard puts a card on the customer's file, as the portal does.
func (s *Server) SetCard(customer string, card Card) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cus, err := s.customer(customer); err == nil {
		cus.Card = card
	}
}

// Subscriptions returns every subscription, the newest first.
func (s *Server) Subscriptions() []Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(newest(s.st.Subscriptions, func(*Subscription) bool { return true }))
}

// Sessions returns every checkout session, the newest first.
func (s *Server) Sessions() []Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(newest(s.st.Sessions, func(*Session) bool { return true }))
}

// Invoices returns every invoice, the newest first.
func (s *Server) Invoices() []Invoice {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(newest(s.st.Invoices, func(*Invoice) bool { return true }))
}

func values[T any](pointers []*T) []T {
	out := make([]T, 0, len(pointers))
	for _, p := range pointers {
		out = append(out, *p)
	}
	return out
}

// Subscribe gives the customer a card and a subscription to the price with this
// lookup key, paid or, with trialDays, on trial. It returns the subscription's
// id, "" when the card was declined.
func (s *Server) Subscribe(customer, lookupKey string, card Card, trialDays int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := &Session{
		entry: s.entry("cs_test"), Customer: customer, Price: s.price(lookupKey), Status: "open", PaymentStatus: "unpaid",
		TrialDays: trialDays, CardOptional: true, MissingMethod: "cancel", ExpiresAt: s.now().Add(sessionLife).Unix(),
		SubMetadata: s.st.Customers[customer].Metadata,
	}
	s.st.Sessions[x.ID] = x
	s.checkout(x, card)
	return x.Subscription
}

// price returns the id of the price with the lookup key.
func (s *Server) price(lookupKey string) string {
	for id, p := range s.st.Prices {
		if p.LookupKey == lookupKey {
			return id
		}
	}
	return ""
}

// CancelSubscription ends a subscription now, or marks it to end with its period.
func (s *Server) CancelSubscription(id string, atPeriodEnd bool) {
	s.change(id, func(sub *Subscription) {
		if !atPeriodEnd {
			s.end(sub, nil)
			return
		}
		s.update(sub, nil, func() { sub.CancelAtPeriodEnd = true })
	})
}

// KeepSubscription takes a planned end back.
func (s *Server) KeepSubscription(id string) {
	s.change(id, func(sub *Subscription) {
		s.update(sub, nil, func() { sub.CancelAtPeriodEnd, sub.CancelAt = false, 0 })
	})
}

// PauseCollection pauses payments with a behavior (void, keep_as_draft,
// mark_uncollectible), or resumes them with "".
func (s *Server) PauseCollection(id, behavior string) {
	s.change(id, func(sub *Subscription) {
		s.update(sub, nil, func() { sub.PauseBehavior, sub.PauseUntil = behavior, 0 })
	})
}

// SwitchPrice moves a subscription to the price with the lookup key.
func (s *Server) SwitchPrice(id, lookupKey string) {
	s.change(id, func(sub *Subscription) {
		s.update(sub, nil, func() { sub.Price = s.price(lookupKey) })
	})
}

// PayInvoices tries the customer's card on what the subscription owes, as the
// person does in the portal.
func (s *Server) PayInvoices(id string) {
	s.change(id, func(sub *Subscription) {
		for _, inv := range s.open(sub) {
			s.collect(inv, false)
		}
	})
}

// Resume wakes a paused subscription.
func (s *Server) Resume(id string) {
	s.change(id, func(sub *Subscription) { s.resume(sub, nil) })
}

// change runs a change of a subscription that is not over.
func (s *Server) change(id string, do func(*Subscription)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sub := s.st.Subscriptions[id]; sub != nil && !sub.over() {
		do(sub)
	}
}
