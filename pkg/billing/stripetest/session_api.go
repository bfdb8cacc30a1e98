package stripetest

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

func (s *Server) createSession(c *call) (any, error) {
	p := c.params
	if name := p.unknown("mode", "customer", "client_reference_id", "line_items", "metadata", "subscription_data",
		"payment_method_collection", "discounts", "allow_promotion_codes", "automatic_tax", "customer_update",
		"success_url", "cancel_url", "expires_at", "expand", "locale", "billing_address_collection", "tax_id_collection"); name != "" {
		return nil, unknownParam(name)
	}
	if err := checkSession(p); err != nil {
		return nil, err
	}
	cus := s.st.Customers[p.text("customer")]
	if cus == nil || cus.Deleted {
		return nil, missingIn("customer", "customer", p.text("customer"))
	}
	price := s.st.Prices[p.text("line_items", "0", "price")]
	if price == nil || !price.Active {
		return nil, missingIn("line_items[0][price]", "price", p.text("line_items", "0", "price"))
	}
	x := &Session{
		entry: s.entry(s.sessionPrefix()), Customer: cus.ID, Price: price.ID, Reference: p.text("client_reference_id"),
		Metadata: p.at("metadata").merge(nil), SubMetadata: p.at("subscription_data", "metadata").merge(nil),
		MissingMethod: p.text("subscription_data", "trial_settings", "end_behavior", "missing_payment_method"),
		CardOptional:  p.text("payment_method_collection") == "if_required", AllowPromotions: p.text("allow_promotion_codes") == "true",
		SuccessURL: p.text("success_url"), CancelURL: p.text("cancel_url"),
		ExpiresAt: s.now().Add(sessionLife).Unix(), Status: "open", PaymentStatus: "unpaid",
	}
	x.TrialDays, _ = strconv.Atoi(p.text("subscription_data", "trial_period_days"))
	if err := s.discount(x, p); err != nil {
		return nil, err
	}
	x.URL = s.origin(c.r) + "/c/pay/" + x.ID
	s.st.Sessions[x.ID] = x
	return s.sessionObject(x), nil
}

func (s *Server) sessionPrefix() string {
	if s.live() {
		return "cs_live"
	}
	return "cs_test"
}

// checkSession validates what does not need the account.
func checkSession(p *params) *apiError {
	if p.text("mode") != "subscription" {
		return badParam("parameter_invalid", "mode", "This stand-in sells subscriptions only.")
	}
	for _, name := range []string{"customer", "success_url", "line_items"} {
		if !p.has(name) {
			return missingParam(name)
		}
	}
	if p.has("discounts") && p.has("allow_promotion_codes") {
		return badParam("parameter_invalid", "discounts", "You may only specify one of these parameters: allow_promotion_codes, discounts.")
	}
	if p.text("automatic_tax", "enabled") == "true" && !p.has("customer_update", "address") {
		return badParam("customer_tax_location_invalid", "automatic_tax[enabled]", "Automatic tax calculation in Checkout requires a valid address on the Customer.")
	}
	if days := p.at("subscription_data", "trial_period_days"); days.set {
		if n, err := strconv.Atoi(days.value); err != nil || n < 1 || n > 730 {
			return badParam("parameter_invalid_integer", "subscription_data[trial_period_days]", "Invalid trial_period_days: must be between 1 and 730.")
		}
	}
	return checkURLs(p)
}

func checkURLs(p *params) *apiError {
	for _, name := range []string{"success_url", "cancel_url"} {
		u := p.text(name)
		if u != "" && !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "http://") {
			return badParam("url_invalid", name, "Not a valid URL")
		}
	}
	return nil
}

// discount resolves discounts[0] into a coupon.
func (s *Server) discount(x *Session, p *params) error {
	switch {
	case p.has("discounts", "0", "promotion_code"):
		promo := s.st.Promotions[p.text("discounts", "0", "promotion_code")]
		if promo == nil {
			return missingIn("discounts[0][promotion_code]", "promotion code", p.text("discounts", "0", "promotion_code"))
		}
		if !promo.Active {
			return refused("promotion_code_expired", "discounts[0][promotion_code]", "This promotion code is no longer active.")
		}
		x.Discount = promo.Coupon
	case p.has("discounts", "0", "coupon"):
		if s.st.Coupons[p.text("discounts", "0", "coupon")] == nil {
			return missingIn("discounts[0][coupon]", "coupon", p.text("discounts", "0", "coupon"))
		}
		x.Discount = p.text("discounts", "0", "coupon")
	}
	return nil
}

// origin is where a browser reaches this account.
func (s *Server) origin(r *http.Request) string {
	if s.baseURL != "" {
		return s.baseURL
	}
	return fmt.Sprintf("http://%s", r.Host)
}

func (s *Server) listSessions(c *call) (any, error) {
	if name := c.params.unknown("customer", "customer_details", "payment_intent", "subscription", "status", "limit", "starting_after", "ending_before", "expand", "payment_link"); name != "" {
		return nil, unknownParam(name)
	}
	found := newest(s.st.Sessions, func(x *Session) bool {
		return matches(c, "customer", x.Customer) && matches(c, "status", x.Status) && matches(c, "subscription", x.Subscription)
	})
	return page(c, found, func(x *Session) string { return x.ID }, s.sessionObject)
}

// matches reports whether a filter is absent or equals the value.
func matches(c *call, name, value string) bool {
	return !c.params.has(name) || c.params.text(name) == value
}

func (s *Server) getSession(c *call) (any, error) {
	x := s.st.Sessions[c.r.PathValue("id")]
	if x == nil {
		return nil, missing("checkout.session", c.r.PathValue("id"))
	}
	return s.sessionObject(x), nil
}

func (s *Server) expireSession(c *call) (any, error) {
	x := s.st.Sessions[c.r.PathValue("id")]
	if x == nil {
		return nil, missing("checkout.session", c.r.PathValue("id"))
	}
	if x.Status != "open" {
		return nil, refused("", "", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of %s.", x.Status)
	}
	s.expire(x, c)
	return s.sessionObject(x), nil
}

func (s *Server) createPortal(c *call) (any, error) {
	if name := c.params.unknown("customer", "return_url", "configuration", "flow_data", "locale", "expand", "on_behalf_of"); name != "" {
		return nil, unknownParam(name)
	}
	if s.st.Settings.NoPortal {
		return nil, refused("", "", "You can't create a portal session in test mode until you save your customer portal settings in test mode.")
	}
	cus := s.st.Customers[c.params.text("customer")]
	if cus == nil || cus.Deleted {
		return nil, missingIn("customer", "customer", c.params.text("customer"))
	}
	p := &Portal{entry: s.entry("bps"), Customer: cus.ID, ReturnURL: c.params.text("return_url")}
	p.URL = s.origin(c.r) + "/p/session/" + p.ID
	s.st.Portals[p.ID] = p
	return s.portalObject(p), nil
}
