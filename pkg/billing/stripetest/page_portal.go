package stripetest

import (
	"net/http"
	"strings"
)

// portalView is what the billing portal shows.
type portalView struct {
	Title         string
	Done          string
	Subscriptions []portalItem
	Card          string
	ReturnURL     string
}

// portalItem is one subscription in the portal.
type portalItem struct {
	ID, Product, Status, Says        string
	CanKeep, CanCancel, Owes, Paused bool
	Switches                         []string // lookup keys
}

func (s *Server) showPortal(w http.ResponseWriter, r *http.Request) {
	s.Tick()
	s.renderPortal(w, r, "")
}

func (s *Server) renderPortal(w http.ResponseWriter, r *http.Request, done string) {
	s.mu.Lock()
	p := s.st.Portals[r.PathValue("id")]
	var v portalView
	if p != nil {
		v = s.portalView(p, done)
	}
	s.mu.Unlock()
	if p == nil {
		s.render(w, http.StatusNotFound, "closed", closed{Title: "There is no such page", Says: "Open the portal again from the site."})
		return
	}
	s.render(w, http.StatusOK, "portal", v)
}

func (s *Server) portalView(p *Portal, done string) portalView {
	v := portalView{Title: "Billing", Done: done, ReturnURL: p.ReturnURL, Card: cardName(s.st.Customers[p.Customer].Card)}
	for _, sub := range newest(s.st.Subscriptions, func(x *Subscription) bool { return x.Customer == p.Customer && !x.over() }) {
		ends := sub.CancelAtPeriodEnd || sub.CancelAt != 0
		item := portalItem{
			ID: sub.ID, Product: s.productName(sub.Price), Status: sub.Status, Says: "Renews on " + day(sub.PeriodEnd) + ".",
			CanKeep: ends, CanCancel: !ends, Paused: sub.Status == "paused",
			Owes: len(s.open(sub)) > 0 && (sub.Status == "past_due" || sub.Status == "unpaid"),
		}
		if ends {
			item.Says = "Ends on " + day(sub.PeriodEnd) + "."
		}
		for _, price := range newest(s.st.Prices, func(x *Price) bool { return x.LookupKey != "" && x.ID != sub.Price }) {
			item.Switches = append(item.Switches, price.LookupKey)
		}
		v.Subscriptions = append(v.Subscriptions, item)
	}
	return v
}

// postPortal does what a button of the portal says.
func (s *Server) postPortal(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.mu.Lock()
	p := s.st.Portals[r.PathValue("id")]
	mine := p != nil && s.owns(p.Customer, r.FormValue("subscription"))
	s.mu.Unlock()
	if p == nil {
		s.renderPortal(w, r, "")
		return
	}
	action, detail, _ := strings.Cut(r.FormValue("action"), ":")
	if action == "card" {
		s.SetCard(p.Customer, Card(detail))
		s.renderPortal(w, r, "The card is on file.")
		return
	}
	if !mine {
		s.renderPortal(w, r, "")
		return
	}
	s.renderPortal(w, r, s.portalAction(action, detail, r.FormValue("subscription")))
}

func (s *Server) owns(customer, subscription string) bool {
	sub := s.st.Subscriptions[subscription]
	return sub != nil && sub.Customer == customer
}

// portalAction changes a subscription and says what it did.
func (s *Server) portalAction(action, detail, id string) string {
	switch action {
	case "cancel":
		s.CancelSubscription(id, true)
		return "The subscription will end with its period."
	case "cancel_now":
		s.CancelSubscription(id, false)
		return "The subscription has ended."
	case "keep":
		s.KeepSubscription(id)
		return "The subscription goes on."
	case "pay":
		s.PayInvoices(id)
		return "We tried to collect what is owed."
	case "resume":
		s.Resume(id)
		return "The subscription goes on."
	case "switch":
		s.SwitchPrice(id, detail)
		return "The plan has changed."
	}
	return ""
}
