package stripetest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Product is a thing that can be bought.
type Product struct {
	entry
	Name     string            `json:"name"`
	Metadata map[string]string `json:"metadata"`
}

// Price is what a product costs each month.
type Price struct {
	entry
	Product   string            `json:"product"`
	LookupKey string            `json:"lookup_key"`
	Amount    int64             `json:"amount"` // cents
	Currency  string            `json:"currency"`
	Active    bool              `json:"active"`
	Metadata  map[string]string `json:"metadata"`
}

// Coupon takes something off.
type Coupon struct {
	entry
	PercentOff float64 `json:"percent_off"`
	Duration   string  `json:"duration"` // once, forever
}

// PromotionCode is a coupon's name for customers.
type PromotionCode struct {
	entry
	Code   string `json:"code"`
	Coupon string `json:"coupon"`
	Active bool   `json:"active"`
}

// stock gives a new account what this project sells. The ids are fixed, so that
// a test can name them.
func (s *Server) stock() {
	for _, x := range []struct {
		key    string
		name   string
		amount int64
	}{{"pro", "Call Analyst Pro", 2900}, {"team", "Call Analyst Team", 9900}} {
		p := &Product{entry: s.entry("prod"), Name: x.name}
		p.ID = "prod_" + x.key
		s.st.Products[p.ID] = p
		price := s.addPrice("price_"+x.key+"_monthly", p.ID, x.key+"_monthly", x.amount)
		price.Metadata = map[string]string{"tier": x.key}
	}
	c := &Coupon{entry: s.entry("coupon"), PercentOff: 20, Duration: "once"}
	c.ID = "LAUNCH20"
	s.st.Coupons[c.ID] = c
	p := &PromotionCode{entry: s.entry("promo"), Code: "LAUNCH20", Coupon: c.ID, Active: true}
	p.ID = "promo_launch20"
	s.st.Promotions[p.ID] = p
}

// AddPrice adds a monthly price in US dollars. A lookup key that another price
// has moves over, as transfer_lookup_key does.
func (s *Server) AddPrice(id, product, lookupKey string, cents int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addPrice(id, product, lookupKey, cents)
}

func (s *Server) addPrice(id, product, lookupKey string, cents int64) *Price {
	for _, old := range s.st.Prices {
		if lookupKey != "" && old.LookupKey == lookupKey {
			old.LookupKey = ""
		}
	}
	p := &Price{entry: s.entry("price"), Product: product, LookupKey: lookupKey, Amount: cents, Currency: "usd", Active: true}
	if id != "" {
		p.ID = id
	}
	s.st.Prices[p.ID] = p
	return p
}

// Archive takes the price with the lookup key out of sale. Subscribers keep it.
func (s *Server) Archive(lookupKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.st.Prices[s.price(lookupKey)]; p != nil {
		p.Active = false
	}
}

// SetPromotion switches a promotion code on or off.
func (s *Server) SetPromotion(id string, active bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.st.Promotions[id]; p != nil {
		p.Active = active
	}
}

func (s *Server) listPrices(c *call) (any, error) {
	if name := c.params.unknown("lookup_keys", "active", "product", "currency", "type", "limit", "starting_after", "ending_before", "expand", "created", "recurring"); name != "" {
		return nil, unknownParam(name)
	}
	keys := c.params.texts("lookup_keys")
	found := newest(s.st.Prices, func(p *Price) bool {
		return (keys == nil || slices.Contains(keys, p.LookupKey)) &&
			(!c.params.has("active") || strconv.FormatBool(p.Active) == c.params.text("active")) &&
			(!c.params.has("product") || p.Product == c.params.text("product"))
	})
	return page(c, found, func(p *Price) string { return p.ID }, s.priceObject)
}

func (s *Server) createPrice(c *call) (any, error) {
	if name := c.params.unknown("product", "lookup_key", "transfer_lookup_key", "unit_amount", "currency", "recurring", "metadata", "active", "expand", "nickname"); name != "" {
		return nil, unknownParam(name)
	}
	if s.st.Products[c.params.text("product")] == nil {
		return nil, missingIn("product", "product", c.params.text("product"))
	}
	amount, err := strconv.ParseInt(c.params.text("unit_amount"), 10, 64)
	if err != nil {
		return nil, badParam("parameter_invalid_integer", "unit_amount", "Invalid integer: %s", c.params.text("unit_amount"))
	}
	key := c.params.text("lookup_key")
	taken := len(newest(s.st.Prices, func(p *Price) bool { return key != "" && p.LookupKey == key })) > 0
	if taken && c.params.text("transfer_lookup_key") != "true" {
		return nil, refused("", "lookup_key", "A price (`%s`) already uses that lookup key.", key)
	}
	p := s.addPrice("", c.params.text("product"), key, amount)
	p.Metadata = c.params.at("metadata").merge(nil)
	return s.priceObject(p), nil
}

func (s *Server) listPromotions(c *call) (any, error) {
	if name := c.params.unknown("code", "active", "coupon", "customer", "limit", "starting_after", "ending_before", "expand", "created"); name != "" {
		return nil, unknownParam(name)
	}
	found := newest(s.st.Promotions, func(p *PromotionCode) bool {
		return (!c.params.has("code") || strings.EqualFold(p.Code, c.params.text("code"))) &&
			(!c.params.has("active") || strconv.FormatBool(p.Active) == c.params.text("active"))
	})
	return page(c, found, func(p *PromotionCode) string { return p.ID }, s.promotionObject)
}

func (s *Server) productObject(p *Product) object {
	return object{
		"id": p.ID, "object": "product", "active": true, "created": p.Created, "livemode": s.live(),
		"metadata": orEmpty(p.Metadata), "name": p.Name, "type": "service",
	}
}

func (s *Server) priceObject(p *Price) object {
	return object{
		"id": p.ID, "object": "price", "active": p.Active, "billing_scheme": "per_unit", "created": p.Created,
		"currency": p.Currency, "livemode": s.live(), "lookup_key": orNil(p.LookupKey), "metadata": maps.Clone(orEmpty(p.Metadata)),
		"product": p.Product, "type": "recurring", "unit_amount": p.Amount,
		"recurring": object{"interval": "month", "interval_count": 1, "usage_type": "licensed"},
	}
}

func (s *Server) couponObject(c *Coupon) object {
	return object{
		"id": c.ID, "object": "coupon", "created": c.Created, "duration": c.Duration, "livemode": s.live(),
		"metadata": object{}, "percent_off": c.PercentOff, "valid": true,
	}
}

func (s *Server) promotionObject(p *PromotionCode) object {
	return object{
		"id": p.ID, "object": "promotion_code", "active": p.Active, "code": p.Code, "created": p.Created,
		"coupon": s.couponObject(s.st.Coupons[p.Coupon]), "livemode": s.live(), "metadata": object{},
	}
}
