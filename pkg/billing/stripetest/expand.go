package stripetest

import "strings"

// expand replaces ids in an answer by their objects, as expand[] asks.
func (s *Server) expand(c *call, out any) *apiError {
	for _, path := range c.params.texts("expand") {
		names := strings.Split(path, ".")
		if len(names) > 4 {
			return badParam("", "expand", "You cannot expand more than 4 levels of a property. Property: %s", path)
		}
		o, ok := out.(object)
		if !ok || !s.expandIn(o, names) {
			return badParam("", "expand", "This property cannot be expanded (%s).", path)
		}
	}
	return nil
}

// expandIn walks down the names and reports whether the property exists.
func (s *Server) expandIn(o object, names []string) bool {
	name := names[0]
	v, ok := o[name]
	if !ok {
		return false
	}
	switch v := v.(type) {
	case nil:
		return true
	case string:
		inner, ok := s.lookup(v)
		if !ok {
			return false
		}
		o[name] = inner
		return len(names) == 1 || s.expandIn(inner, names[1:])
	case object:
		return len(names) == 1 || s.expandIn(v, names[1:])
	case []object:
		for _, x := range v {
			if len(names) == 1 || !s.expandIn(x, names[1:]) {
				return false
			}
		}
		return true
	}
	return false
}

// lookup returns the object with an id.
func (s *Server) lookup(id string) (object, bool) {
	prefix, _, _ := strings.Cut(id, "_")
	switch prefix {
	case "cus":
		return show(s.st.Customers[id], s.customerObject)
	case "prod":
		return show(s.st.Products[id], s.productObject)
	case "sub":
		return show(s.st.Subscriptions[id], s.subscriptionObject)
	case "in":
		return show(s.st.Invoices[id], s.invoiceObject)
	case "ch":
		return show(s.st.Charges[id], s.chargeObject)
	}
	return nil, false
}

func show[T any](x *T, as func(*T) object) (object, bool) {
	if x == nil {
		return nil, false
	}
	return as(x), true
}
