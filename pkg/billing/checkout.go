package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

var (
	// ErrTier reports a plan that cannot be bought.
	ErrTier = fault.New(fault.Invalid, "INVALID_FIELD", "The field tier must name a plan that can be bought: pro or team.")
	// ErrPromotion reports a promotion code that is not valid, or not for this.
	ErrPromotion = fault.New(fault.Invalid, "INVALID_FIELD", "The field promotion_code is not a code that is valid now.")
	// ErrSubscribed reports a user who has a subscription already.
	ErrSubscribed = fault.New(fault.Conflict, "ALREADY_SUBSCRIBED", "You have a subscription already. Change it in the billing portal.")
	// ErrNoSession reports a checkout session that is not there or not the caller's.
	ErrNoSession = fault.New(fault.NotFound, "NOT_FOUND", "There is no such checkout.")
)

// maxCode bounds a promotion code; Stripe's are at most 500 characters, nobody's
// are so long.
const maxCode = 64

// AlreadySubscribed is ErrSubscribed with the way on.
type AlreadySubscribed struct {
	PortalURL string // "" when the portal could not be opened
}

// Error implements error.
func (e *AlreadySubscribed) Error() string { return ErrSubscribed.Error() }

// Unwrap makes it ErrSubscribed.
func (e *AlreadySubscribed) Unwrap() error { return ErrSubscribed }

// Person is a signed-in user, by the names that Cognito has for one.
type Person struct {
	Sub      string
	Username string
}

// Pages are where Stripe sends the browser afterwards. They come from
// configuration alone, never from a request.
type Pages struct {
	Success string // with Stripe's literal {CHECKOUT_SESSION_ID}
	Cancel  string
	Account string // from the portal
}

// PagesOf returns the pages of the site at base.
func PagesOf(base string) Pages {
	return Pages{
		Success: base + "/checkout/success?session_id={CHECKOUT_SESSION_ID}",
		Cancel:  base + "/checkout/canceled",
		Account: base + "/account",
	}
}

// Wish is what a user asks for. The server alone decides the price.
type Wish struct {
	Tier          string `json:"tier"`
	PromotionCode string `json:"promotion_code"`
}

// Checkout starts subscriptions.
type Checkout struct {
	Rows interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Terms     interface{ Check(accepted string) error }
	Customers *Patrons
	Prices    interface {
		Of(ctx context.Context, plan entitlement.Plan) (string, error)
	}
	Intents interface {
		Take(ctx context.Context, sub, order, spent string) (Intent, error)
	}
	Stripe interface {
		Standing(ctx context.Context, customerID string) (Standing, error)
		Promotion(ctx context.Context, code string) (string, error)
		CreateSession(ctx context.Context, o Order, key string) (Session, error)
		GetSession(ctx context.Context, id string) (Session, error)
		ExpireOthers(ctx context.Context, customerID, keep string) error
		Portal(ctx context.Context, customerID, returnURL string) (string, error)
	}
	Pages        Pages
	TrialDays    int // for a first subscription to a plan that has no trial of its own
	AutomaticTax bool
	Now          func() time.Time
}

// Start returns an open checkout session for the wish: always the same one, as
// long as it is open and the wish is the same.
func (c *Checkout) Start(ctx context.Context, who Person, w Wish) (Session, error) {
	plan := entitlement.PlanOf(entitlement.Tier(w.Tier))
	if plan.LookupKey == "" {
		return Session{}, ErrTier
	}
	row, order, err := c.prepare(ctx, who, plan, w.PromotionCode)
	if err != nil {
		return Session{}, err
	}
	var out Session
	err = c.Customers.With(ctx, who, row, func(ctx context.Context, customerID string) error {
		order.Customer = customerID
		out, err = c.open(ctx, order)
		return err
	})
	return out, orUnavailable(err)
}

// prepare asks, side by side, for all that needs no customer. Of several
// refusals the gate's counts: whoever may not buy learns nothing more.
func (c *Checkout) prepare(ctx context.Context, who Person, plan entitlement.Plan, code string) (row entitlement.Row, o Order, err error) {
	o = Order{
		Sub: who.Sub, Tier: string(plan.Tier), TrialDays: max(plan.TrialDays, c.TrialDays), AutomaticTax: c.AutomaticTax,
		SuccessURL: c.Pages.Success, CancelURL: c.Pages.Cancel,
	}
	var refused, unpriced, unknown error
	var wg sync.WaitGroup
	wg.Go(func() { row, refused = admitted(ctx, c.Rows, c.Terms, who.Sub) })
	wg.Go(func() { o.Price, unpriced = c.Prices.Of(ctx, plan) })
	if code != "" {
		wg.Go(func() { o.Promotion, unknown = c.promotion(ctx, code) })
	}
	wg.Wait()
	return row, o, cmp.Or(refused, orUnavailable(unpriced), orUnavailable(unknown))
}

func (c *Checkout) promotion(ctx context.Context, code string) (string, error) {
	if len(code) > maxCode {
		return "", ErrPromotion
	}
	id, err := c.Stripe.Promotion(ctx, code)
	if err == nil && id == "" {
		return "", ErrPromotion
	}
	return id, err
}

// open returns the customer's session for the order, unless the customer has a
// subscription. Whether there is one is asked of Stripe, while the intent is
// written; an intent that turns out to be idle does no harm.
func (c *Checkout) open(ctx context.Context, o Order) (Session, error) {
	var st Standing
	var in Intent
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		st, err = c.Stripe.Standing(gctx, o.Customer)
		return err
	})
	g.Go(func() (err error) {
		in, err = c.Intents.Take(gctx, o.Sub, o.intent(), "")
		return err
	})
	if err := g.Wait(); err != nil {
		return Session{}, err
	}
	if blocked(st) {
		return c.refuse(ctx, o)
	}
	if len(st.Subscriptions) > 0 {
		o.TrialDays = 0 // a trial is for the first time
	}
	return c.session(ctx, o, in)
}

// refuse sends a customer who has a subscription to the portal.
func (c *Checkout) refuse(ctx context.Context, o Order) (Session, error) {
	url, err := c.Stripe.Portal(ctx, o.Customer, c.Pages.Account)
	if isMissingCustomer(err) {
		return Session{}, err
	}
	return Session{}, &AlreadySubscribed{PortalURL: url}
}

// blocked reports whether a subscription exists that goes on or can be taken up
// again. One whose first payment is not through does not block: its session is
// where to pay.
func blocked(st Standing) bool {
	for _, s := range st.Subscriptions {
		switch s.Status {
		case entitlement.Canceled, entitlement.IncompleteExpired, entitlement.Incomplete:
		default:
			return true
		}
	}
	return false
}

// session makes the order's session under the key of the stored intent. A key
// that cannot bring an open session any more is spent, and the next one is tried.
func (c *Checkout) session(ctx context.Context, o Order, in Intent) (Session, error) {
	err := error(nil)
	for range 4 {
		var x Session
		x, err = c.create(ctx, o, in)
		switch {
		case err == nil && x.Status == "open":
			return x, nil
		case err != nil && !errors.Is(err, ErrKeySpent) && !errors.Is(err, ErrKeyMismatch):
			return Session{}, promotionFailure(o, err)
		}
		if in, err = c.Intents.Take(ctx, o.Sub, o.intent(), in.Nonce); err != nil {
			return Session{}, err
		}
	}
	return Session{}, fmt.Errorf("billing: no open session for %s after four keys", o.Sub)
}

// create makes the session or gets the one that was made, as it is now.
func (c *Checkout) create(ctx context.Context, o Order, in Intent) (Session, error) {
	x, err := c.Stripe.CreateSession(ctx, o, "co_"+o.Sub+"_"+in.Nonce)
	if err != nil {
		return Session{}, err
	}
	if x.Replayed {
		return c.Stripe.GetSession(ctx, x.ID)
	}
	if in.Replaced {
		return x, c.Stripe.ExpireOthers(ctx, o.Customer, x.ID)
	}
	return x, nil
}

// promotionFailure tells a promotion code that does not apply, which only Stripe
// can know, from other refusals.
func promotionFailure(o Order, err error) error {
	var e *APIError
	if errors.As(err, &e) && o.Promotion != "" && e.Status == 400 && !isMissing(err) {
		return ErrPromotion.With(err)
	}
	return err
}
