package stripetest

import (
	"maps"
	"slices"
)

// The methods below look into the account and change it as an operator would
// in the Dashboard.

// Customers returns the customers that are not deleted, newest first.
func (s *Server) Customers() []Customer {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.SortedFunc(maps.Values(s.st.Customers), newestFirst)
	var out []Customer
	for _, cus := range all {
		if !cus.Deleted {
			out = append(out, *cus)
		}
	}
	return out
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
	cus := &Customer{ID: s.id("cus"), Created: s.now().Unix(), Email: email, Metadata: maps.Clone(metadata)}
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
