package billing

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/stripe/stripe-go/v76"
)

// Order is everything that makes a checkout session. Equal orders make equal
// requests, which Stripe's idempotency asks for.
type Order struct {
	Sub          string
	Customer     string
	Tier         string
	Price        string
	Promotion    string // id of a promotion code; "" lets the customer type one
	TrialDays    int    // 0 for none
	AutomaticTax bool
	SuccessURL   string // with Stripe's literal {CHECKOUT_SESSION_ID}
	CancelURL    string
}

// Session is a checkout session.
type Session struct {
	ID       string
	URL      string // "" unless it is open
	Status   string // open, complete, expired
	Sub      string // whose it is
	Tier     string
	Customer string
	Replayed bool // Stripe answered what it had kept; the session may be closed by now
}

// session is the part of Stripe's session that matters here.
type session struct {
	answer
	ID        string            `json:"id"`
	URL       string            `json:"url"`
	Status    string            `json:"status"`
	Customer  ref               `json:"customer"`
	Reference string            `json:"client_reference_id"`
	Metadata  map[string]string `json:"metadata"`
}

func (x session) domain() Session {
	return Session{
		ID: x.ID, URL: x.URL, Status: x.Status, Sub: x.Reference, Tier: x.Metadata["tier"],
		Customer: x.Customer.ID, Replayed: x.replayed(),
	}
}

// CreateSession makes the order's checkout session under an idempotency key. It
// is ErrKeySpent or ErrKeyMismatch when the key can never make it.
func (s *Stripe) CreateSession(ctx context.Context, o Order, key string) (Session, error) {
	var out session
	err := s.call(ctx, request{method: http.MethodPost, path: "/v1/checkout/sessions", params: o.params(), key: key}, &out)
	if err != nil {
		return Session{}, createFailure(err)
	}
	return out.domain(), nil
}

// params is the order in Stripe's words.
func (o Order) params() *stripe.CheckoutSessionParams {
	p := &stripe.CheckoutSessionParams{
		Mode:              stripe.String(string(stripe.CheckoutSessionModeSubscription)),
		Customer:          &o.Customer,
		ClientReferenceID: &o.Sub,
		LineItems:         []*stripe.CheckoutSessionLineItemParams{{Price: &o.Price, Quantity: stripe.Int64(1)}},
		Metadata:          map[string]string{subKey: o.Sub, "tier": o.Tier},
		SubscriptionData:  &stripe.CheckoutSessionSubscriptionDataParams{Metadata: map[string]string{subKey: o.Sub}},
		SuccessURL:        &o.SuccessURL,
		CancelURL:         &o.CancelURL,
	}
	if o.Promotion != "" {
		p.Discounts = []*stripe.CheckoutSessionDiscountParams{{PromotionCode: &o.Promotion}}
	} else {
		p.AllowPromotionCodes = stripe.Bool(true)
	}
	if o.TrialDays > 0 {
		p.SubscriptionData.TrialPeriodDays = stripe.Int64(int64(o.TrialDays))
		p.SubscriptionData.TrialSettings = &stripe.CheckoutSessionSubscriptionDataTrialSettingsParams{
			EndBehavior: &stripe.CheckoutSessionSubscriptionDataTrialSettingsEndBehaviorParams{MissingPaymentMethod: stripe.String("cancel")},
		}
		p.PaymentMethodCollection = stripe.String(string(stripe.CheckoutSessionPaymentMethodCollectionIfRequired))
	}
	if o.AutomaticTax {
		p.AutomaticTax = &stripe.CheckoutSessionAutomaticTaxParams{Enabled: stripe.Bool(true)}
		p.CustomerUpdate = &stripe.CheckoutSessionCustomerUpdateParams{Address: stripe.String("auto"), Name: stripe.String("auto")}
	}
	return p
}

// intent is what the user wants, in one text: two that differ are two intents.
func (o Order) intent() string {
	return o.Tier + "/" + o.Price + "/" + o.Promotion
}

// GetSession returns a session, ErrNoSession when there is none.
func (s *Stripe) GetSession(ctx context.Context, id string) (Session, error) {
	var out session
	err := s.call(ctx, request{method: http.MethodGet, path: "/v1/checkout/sessions/" + id}, &out)
	if isMissing(err) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("billing: fetch session: %w", err)
	}
	return out.domain(), nil
}

// ExpireOthers closes the customer's open sessions but the one to keep, so that
// nobody pays for two plans in two windows.
func (s *Stripe) ExpireOthers(ctx context.Context, customerID, keep string) error {
	params := &stripe.CheckoutSessionListParams{Customer: &customerID, Status: stripe.String("open")}
	params.Limit = stripe.Int64(100)
	var page list[session]
	if err := s.call(ctx, request{method: http.MethodGet, path: "/v1/checkout/sessions", params: params}, &page); err != nil {
		return fmt.Errorf("billing: list open sessions: %w", err)
	}
	for _, x := range page.Data {
		if x.ID == keep {
			continue
		}
		var out session
		err := s.call(ctx, request{method: http.MethodPost, path: "/v1/checkout/sessions/" + x.ID + "/expire"}, &out)
		var refused *APIError
		if err != nil && !errors.As(err, &refused) { // one that is closed already is refused
			return fmt.Errorf("billing: expire session: %w", err)
		}
	}
	return nil
}

// Portal opens the billing portal for a customer and returns its address.
func (s *Stripe) Portal(ctx context.Context, customerID, returnURL string) (string, error) {
	params := &stripe.BillingPortalSessionParams{Customer: &customerID, ReturnURL: &returnURL}
	var out struct {
		answer
		URL string `json:"url"`
	}
	err := s.call(ctx, request{method: http.MethodPost, path: "/v1/billing_portal/sessions", params: params}, &out)
	return out.URL, err
}
