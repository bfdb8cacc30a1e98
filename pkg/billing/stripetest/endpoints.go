package stripetest

// endpoints lists every API call that the account understands.
func (s *Server) endpoints() map[string]endpoint {
	return map[string]endpoint{
		"POST /v1/customers":        s.createCustomer,
		"GET /v1/customers":         s.listCustomers,
		"GET /v1/customers/search":  s.searchCustomers,
		"GET /v1/customers/{id}":    s.getCustomer,
		"POST /v1/customers/{id}":   s.updateCustomer,
		"DELETE /v1/customers/{id}": s.deleteCustomer,
	}
}
