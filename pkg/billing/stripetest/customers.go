package stripetest

import (
	"maps"
	"net/mail"
	"strings"
	"time"
)

// Customer is a customer of the account. Its JSON is the account's memory; what
// the API says of it is made by customerObject.
type Customer struct {
	entry
	Deleted     bool              `json:"deleted"`
	Card        Card              `json:"card"`
	Email       string            `json:"email"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Metadata    map[string]string `json:"metadata"`

	// Seen is what search may know: the customer's states with the time of
	// each, oldest first.
	Seen []sighting `json:"seen"`
}

// sighting is one past state of a customer, for the search index.
type sighting struct {
	At       time.Time         `json:"at"`
	Email    string            `json:"email"`
	Name     string            `json:"name"`
	Metadata map[string]string `json:"metadata"`
	Gone     bool              `json:"gone"`
}

// customerParams are the parameters that create and update understand.
const customerParams = "email name description metadata expand payment_method invoice_settings preferred_locales"

func (s *Server) createCustomer(c *call) (any, error) {
	if err := checkCustomer(c.params); err != nil {
		return nil, err
	}
	cus := &Customer{
		entry: s.entry("cus"), Email: c.params.text("email"), Name: c.params.text("name"),
		Description: c.params.text("description"), Metadata: c.params.at("metadata").merge(nil),
	}
	s.st.Customers[cus.ID] = cus
	s.changed(cus)
	s.emit("customer.created", s.customerObject(cus), nil, c)
	return s.customerObject(cus), nil
}

func checkCustomer(p *params) *apiError {
	if name := p.unknown(strings.Fields(customerParams)...); name != "" {
		return unknownParam(name)
	}
	if e := p.text("email"); e != "" {
		if _, err := mail.ParseAddress(e); err != nil {
			return badParam("email_invalid", "email", "Invalid email address: %s", e)
		}
	}
	return nil
}

func (s *Server) updateCustomer(c *call) (any, error) {
	cus, err := s.customer(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if err := checkCustomer(c.params); err != nil {
		return nil, err
	}
	before := s.customerObject(cus)
	set(&cus.Email, c.params.at("email"))
	set(&cus.Name, c.params.at("name"))
	set(&cus.Description, c.params.at("description"))
	if c.params.has("metadata") {
		cus.Metadata = c.params.at("metadata").merge(cus.Metadata)
	}
	s.changed(cus)
	s.emit("customer.updated", s.customerObject(cus), before, c)
	return s.customerObject(cus), nil
}

// set assigns a leaf that was sent.
func set(to *string, p *params) {
	if p.set {
		*to = p.value
	}
}

// customer finds a customer that is not deleted.
func (s *Server) customer(id string) (*Customer, error) {
	cus := s.st.Customers[id]
	if cus == nil || cus.Deleted {
		return nil, missing("customer", id)
	}
	return cus, nil
}

// getCustomer answers a deleted customer with 200, as Stripe does.
func (s *Server) getCustomer(c *call) (any, error) {
	cus := s.st.Customers[c.r.PathValue("id")]
	if cus == nil {
		return nil, missing("customer", c.r.PathValue("id"))
	}
	return s.customerObject(cus), nil
}

func (s *Server) deleteCustomer(c *call) (any, error) {
	cus, err := s.customer(c.r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	s.bury(cus, c)
	return s.customerObject(cus), nil
}

// bury deletes a customer and ends what it subscribed to; the event shows the
// customer as it was.
func (s *Server) bury(cus *Customer, c *call) {
	for _, sub := range newest(s.st.Subscriptions, func(x *Subscription) bool { return x.Customer == cus.ID && !x.over() }) {
		s.end(sub, c)
	}
	before := s.customerObject(cus)
	cus.Deleted = true
	s.changed(cus)
	s.emit("customer.deleted", before, nil, c)
}

// listCustomers is strongly consistent, also by e-mail, and newest first.
func (s *Server) listCustomers(c *call) (any, error) {
	if name := c.params.unknown("email", "limit", "starting_after", "ending_before", "created", "expand"); name != "" {
		return nil, unknownParam(name)
	}
	found := newest(s.st.Customers, func(cus *Customer) bool {
		return !cus.Deleted && (!c.params.has("email") || cus.Email == c.params.text("email"))
	})
	return page(c, found, func(cus *Customer) string { return cus.ID }, s.customerObject)
}

// changed notes a customer's state for the search index and forgets states that
// a newer one, visible already, has replaced.
func (s *Server) changed(cus *Customer) {
	cus.Seen = append(cus.Seen, sighting{
		At: s.now(), Email: cus.Email, Name: cus.Name, Metadata: maps.Clone(cus.Metadata), Gone: cus.Deleted,
	})
	for len(cus.Seen) > 1 && s.visible(cus.Seen[1]) {
		cus.Seen = cus.Seen[1:]
	}
}

func (s *Server) visible(x sighting) bool { return s.now().Sub(x.At) >= s.searchDelay }

// customerObject is the customer as the API shows it.
func (s *Server) customerObject(cus *Customer) object {
	if cus.Deleted {
		return object{"id": cus.ID, "object": "customer", "deleted": true}
	}
	return object{
		"id": cus.ID, "object": "customer", "address": nil, "balance": 0, "created": cus.Created, "currency": nil,
		"default_source": nil, "delinquent": s.delinquent(cus), "description": orNil(cus.Description), "discount": nil,
		"email": orNil(cus.Email), "invoice_prefix": strings.ToUpper(cus.ID[len(cus.ID)-8:]),
		"livemode": s.live(), "metadata": orEmpty(cus.Metadata), "name": orNil(cus.Name), "phone": nil,
		"preferred_locales": []string{}, "shipping": nil, "tax_exempt": "none", "test_clock": nil,
	}
}

// delinquent reports whether the customer owes a renewal.
func (s *Server) delinquent(cus *Customer) bool {
	for _, sub := range s.st.Subscriptions {
		if sub.Customer == cus.ID && (sub.Status == "past_due" || sub.Status == "unpaid") {
			return true
		}
	}
	return false
}
