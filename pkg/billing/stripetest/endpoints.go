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

		"GET /v1/prices":          s.listPrices,
		"POST /v1/prices":         s.createPrice,
		"GET /v1/promotion_codes": s.listPromotions,

		"POST /v1/checkout/sessions":             s.createSession,
		"GET /v1/checkout/sessions":              s.listSessions,
		"GET /v1/checkout/sessions/{id}":         s.getSession,
		"POST /v1/checkout/sessions/{id}/expire": s.expireSession,
		"POST /v1/billing_portal/sessions":       s.createPortal,

		"GET /v1/subscriptions":              s.listSubscriptions,
		"GET /v1/subscriptions/{id}":         s.getSubscription,
		"POST /v1/subscriptions/{id}":        s.updateSubscription,
		"DELETE /v1/subscriptions/{id}":      s.cancelSubscription,
		"POST /v1/subscriptions/{id}/resume": s.resumeSubscription,

		"GET /v1/invoices":      s.listInvoices,
		"GET /v1/invoices/{id}": s.getInvoice,
		"GET /v1/charges/{id}":  s.getCharge,
		"POST /v1/refunds":      s.createRefund,
		"GET /v1/disputes/{id}": s.getDispute,
		"GET /v1/events":        s.listEvents,
		"GET /v1/events/{id}":   s.getEvent,
	}
}
