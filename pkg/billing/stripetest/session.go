package stripetest

import (
	"strings"
	"time"
)

// sessionLife is how long a checkout session stays open.
const sessionLife = 24 * time.Hour

// Session is one checkout session in subscription mode.
type Session struct {
	entry
	Customer        string            `json:"customer"`
	Price           string            `json:"price"`
	Reference       string            `json:"reference"` // client_reference_id
	Metadata        map[string]string `json:"metadata"`
	SubMetadata     map[string]string `json:"sub_metadata"` // subscription_data[metadata]
	TrialDays       int               `json:"trial_days"`
	MissingMethod   string            `json:"missing_method"`
	CardOptional    bool              `json:"card_optional"` // payment_method_collection=if_required
	Discount        string            `json:"discount"`      // a coupon's id
	AllowPromotions bool              `json:"allow_promotions"`
	SuccessURL      string            `json:"success_url"`
	CancelURL       string            `json:"cancel_url"`
	URL             string            `json:"url"`
	ExpiresAt       int64             `json:"expires_at"`
	Status          string            `json:"status"`         // open, complete, expired
	PaymentStatus   string            `json:"payment_status"` // unpaid, paid, no_payment_required
	Subscription    string            `json:"subscription"`
}

// Portal is one visit of the billing portal.
type Portal struct {
	entry
	Customer  string `json:"customer"`
	ReturnURL string `json:"return_url"`
	URL       string `json:"url"`
}

func (s *Server) sessionObject(x *Session) object {
	o := object{
		"id": x.ID, "object": "checkout.session", "created": x.Created, "customer": x.Customer, "mode": "subscription",
		"client_reference_id": orNil(x.Reference), "metadata": orEmpty(x.Metadata), "status": x.Status,
		"payment_status": x.PaymentStatus, "subscription": orNil(x.Subscription), "success_url": x.SuccessURL,
		"cancel_url": orNil(x.CancelURL), "expires_at": x.ExpiresAt, "livemode": s.live(), "currency": "usd",
		"allow_promotion_codes": x.AllowPromotions, "url": nil,
	}
	if x.Status == "open" {
		o["url"] = x.URL
	}
	return o
}

func (s *Server) portalObject(p *Portal) object {
	return object{
		"id": p.ID, "object": "billing_portal.session", "created": p.Created, "customer": p.Customer,
		"livemode": s.live(), "return_url": orNil(p.ReturnURL), "url": p.URL,
	}
}

// expire closes an open session, and with it a subscription that was begun there
// and never paid.
func (s *Server) expire(x *Session, c *call) {
	x.Status = "expired"
	if sub := s.st.Subscriptions[x.Subscription]; sub != nil && sub.Status == "incomplete" {
		s.expireIncomplete(sub)
	}
	s.emit("checkout.session.expired", s.sessionObject(x), nil, c)
}

// beginSubscription makes the session's subscription, once, and its first invoice.
func (s *Server) beginSubscription(x *Session) *Subscription {
	if sub := s.st.Subscriptions[x.Subscription]; sub != nil {
		return sub
	}
	now := s.now()
	sub := &Subscription{
		entry: s.entry("sub"), Customer: x.Customer, Price: x.Price, Item: s.id("si"), Status: "incomplete",
		Metadata: orEmpty(x.SubMetadata), Discount: x.Discount, Session: x.ID, MissingMethod: x.MissingMethod,
		Anchor: now.UTC().Day(), PeriodStart: now.Unix(), PeriodEnd: nextMonth(now, now.UTC().Day()).Unix(),
	}
	if x.TrialDays > 0 {
		end := now.AddDate(0, 0, x.TrialDays)
		sub.Status, sub.TrialStart, sub.TrialEnd = "trialing", now.Unix(), end.Unix()
		sub.PeriodEnd, sub.Anchor = sub.TrialEnd, end.UTC().Day()
	}
	s.st.Subscriptions[sub.ID] = sub
	x.Subscription = sub.ID
	s.emit("customer.subscription.created", s.subscriptionObject(sub), nil, nil)
	s.bill(sub, "subscription_create", "draft", nil)
	return sub
}

// complete ends the session after its payment.
func (s *Server) complete(x *Session, paid string) {
	x.Status, x.PaymentStatus = "complete", paid
	s.emit("checkout.session.completed", s.sessionObject(x), nil, nil)
}

// successURL is where the customer goes after paying.
func (x *Session) successURL() string {
	return strings.ReplaceAll(x.SuccessURL, "{CHECKOUT_SESSION_ID}", x.ID)
}

// Pay does what the payment page does when the customer pays with a card that
// behaves as card does. It reports false when the payment did not go through:
// declined, or waiting for the person's bank (3-D Secure).
func (s *Server) Pay(session string, card Card) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.st.Sessions[session]
	return x != nil && s.checkout(x, card)
}

// checkout pays an open session.
func (s *Server) checkout(x *Session, card Card) bool {
	cus := s.st.Customers[x.Customer]
	if x.Status != "open" || cus == nil || cus.Deleted {
		return false
	}
	if card == Declines || (card == NoCard && (x.TrialDays == 0 || !x.CardOptional)) {
		return false
	}
	kept := cus.Card
	cus.Card = card
	sub := s.beginSubscription(x)
	inv := s.st.Invoices[sub.LatestInvoice]
	if inv.Status != "paid" && !s.collect(inv, false) {
		cus.Card = kept
		return false
	}
	paid := "paid"
	if inv.Amount == 0 {
		paid = "no_payment_required"
	}
	s.complete(x, paid)
	return true
}

// session returns a session as it is now.
func (s *Server) session(id string) (Session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp(s.now())
	x := s.st.Sessions[id]
	if x == nil {
		return Session{}, false
	}
	return *x, true
}
