package stripetest

import (
	"net/http"
	"strings"
)

// payView is what the payment page shows.
type payView struct {
	Title        string
	Product      string
	Amount       string // per month
	Due          string // today
	Discount     string
	Customer     string
	TrialDays    int
	CardOptional bool
	Promotions   bool
	Waiting      bool // for 3-D Secure
	CancelURL    string
	Error        string
}

// showPay is the payment page of a checkout session.
func (s *Server) showPay(w http.ResponseWriter, r *http.Request) {
	x, ok := s.session(r.PathValue("id"))
	if s.closedSession(w, x, ok) {
		return
	}
	s.renderPay(w, http.StatusOK, x, "")
}

// closedSession shows what became of a session that is not open.
func (s *Server) closedSession(w http.ResponseWriter, x Session, ok bool) bool {
	switch {
	case !ok:
		s.render(w, http.StatusNotFound, "closed", closed{Title: "There is no such payment", Says: "The address of this page is not complete, or the account was restarted. Begin again on the site."})
	case x.Status == "complete":
		s.render(w, http.StatusOK, "closed", closed{Title: "This is paid", Says: "You are all done here.", Link: x.successURL()})
	case x.Status != "open":
		s.render(w, http.StatusGone, "closed", closed{Title: "This page has expired", Says: "Choose your plan again on the site.", Link: x.CancelURL})
	default:
		return false
	}
	return true
}

func (s *Server) renderPay(w http.ResponseWriter, status int, x Session, says string) {
	s.mu.Lock()
	x = *s.st.Sessions[x.ID] // as the form has left it
	price := s.st.Prices[x.Price]
	v := payView{
		Title: "Pay", Product: s.productName(x.Price), Amount: dollars(price.Amount), Due: dollars(price.Amount),
		Customer: s.st.Customers[x.Customer].Email, TrialDays: x.TrialDays, CardOptional: x.CardOptional,
		Promotions: x.AllowPromotions && x.Discount == "", CancelURL: x.CancelURL, Error: says,
	}
	if c := s.st.Coupons[x.Discount]; c != nil {
		v.Due = dollars(price.Amount - int64(float64(price.Amount)*c.PercentOff/100))
		v.Discount = c.ID
	}
	if sub := s.st.Subscriptions[x.Subscription]; sub != nil {
		v.Waiting = sub.Status == "incomplete"
	}
	s.mu.Unlock()
	s.render(w, status, "pay", v)
}

// postPay is the payment page's form. Without an outcome it pays.
func (s *Server) postPay(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	x, ok := s.session(r.PathValue("id"))
	if s.closedSession(w, x, ok) {
		return
	}
	if !s.usePromotion(x, r.FormValue("promotion_code")) {
		s.renderPay(w, http.StatusUnprocessableEntity, x, "This promotion code is not valid.")
		return
	}
	card, says := outcome(r.FormValue("outcome"))
	if card == "" && says != "" || !s.Pay(x.ID, card) {
		s.renderPay(w, http.StatusPaymentRequired, x, says)
		return
	}
	if later := Card(r.FormValue("later")); later != "" {
		s.SetCard(x.Customer, later)
	}
	http.Redirect(w, r, x.successURL(), http.StatusSeeOther)
}

// outcome is the card behind a button of the page, and what to say when its
// payment does not go through. No card and words is a refusal.
func outcome(button string) (Card, string) {
	switch button {
	case "decline":
		return Declines, "Your card was declined. Try another one."
	case "authenticate":
		return Authenticate, ""
	case "fail":
		return "", "Your bank did not confirm the payment. Try again or use another card."
	case "no_card":
		return NoCard, ""
	}
	return Good, "This payment did not go through."
}

// usePromotion applies a code that the person typed, and reports whether it is
// none or a good one.
func (s *Server) usePromotion(x Session, code string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if code = strings.TrimSpace(code); code == "" {
		return true
	}
	found := newest(s.st.Promotions, func(p *PromotionCode) bool {
		return p.Active && strings.EqualFold(p.Code, code)
	})
	if len(found) == 0 || !x.AllowPromotions {
		return false
	}
	s.st.Sessions[x.ID].Discount = found[0].Coupon
	return true
}
