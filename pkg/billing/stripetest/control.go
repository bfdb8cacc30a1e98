package stripetest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// The control page is this project's own, not Stripe's: a person or a script
// drives the account with it. Its forms post to /_control/…; a client that
// accepts JSON gets the account's state instead of the page.

// controlView is what the control page shows; its JSON is the script's answer.
type controlView struct {
	Title         string            `json:"-"`
	Done          string            `json:"done,omitempty"`
	Now           string            `json:"now"`
	Advanced      string            `json:"advanced,omitempty"`
	Subscriptions []controlItem     `json:"subscriptions"`
	Weather       Weather           `json:"weather"`
	DelayMS       int64             `json:"-"`
	Faults        int               `json:"faults"`
	Deliveries    []controlDelivery `json:"deliveries"`
}

type controlItem struct {
	ID       string   `json:"id"`
	Product  string   `json:"product"`
	Customer string   `json:"customer"`
	Status   string   `json:"status"`
	Ends     string   `json:"period_end"`
	Card     string   `json:"card"`
	Actions  []string `json:"actions"`
}

type controlDelivery struct {
	Event    string `json:"event"`
	Type     string `json:"type"`
	Attempts int    `json:"attempts"`
	Answer   string `json:"answer"`
	Next     string `json:"next"`
}

// maxShown bounds the control page's list of deliveries.
const maxShown = 50

func (s *Server) showControl(w http.ResponseWriter, r *http.Request) {
	s.Tick()
	v := s.controlView(r.URL.Query().Get("done"))
	if r.Header.Get("Accept") == "application/json" {
		writeState(w, v)
		return
	}
	s.render(w, http.StatusOK, "control", v)
}

func (s *Server) controlView(done string) controlView {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := controlView{
		Title: "Pretend Stripe", Done: done, Now: s.now().UTC().Format(time.RFC1123), Weather: s.weather,
		DelayMS: s.weather.Delay.Milliseconds(), Faults: len(s.faults),
		Subscriptions: []controlItem{}, Deliveries: []controlDelivery{},
	}
	if s.st.Advanced != 0 {
		v.Advanced = s.st.Advanced.String()
	}
	for _, sub := range newest(s.st.Subscriptions, func(*Subscription) bool { return true }) {
		cus := s.st.Customers[sub.Customer]
		v.Subscriptions = append(v.Subscriptions, controlItem{
			ID: sub.ID, Product: s.productName(sub.Price), Customer: cus.ID, Status: sub.Status,
			Ends: day(sub.PeriodEnd), Card: cardName(cus.Card), Actions: actions(sub),
		})
	}
	for _, d := range slices.Backward(s.st.Deliveries[max(0, len(s.st.Deliveries)-maxShown):]) {
		v.Deliveries = append(v.Deliveries, controlDelivery{d.Event, d.Type, d.Attempts, answerText(d), day(d.NextAt)})
	}
	return v
}

func answerText(d *Delivery) string {
	switch {
	case d.Attempts == 0:
		return "not sent yet"
	case d.Status == 0:
		return "no answer"
	}
	return strconv.Itoa(d.Status)
}

// actions are the buttons of a subscription.
func actions(sub *Subscription) []string {
	if sub.over() {
		return []string{"refund", "dispute", "win dispute", "lose dispute"}
	}
	return []string{
		"card good", "card declines", "pay", "cancel", "cancel now", "keep", "pause collection", "resume collection",
		"resume", "refund", "dispute", "win dispute", "lose dispute", "delete customer",
	}
}

// writeState answers a script.
func writeState(w http.ResponseWriter, v controlView) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// back answers a form: the page for a browser, the state for a script.
func (s *Server) back(w http.ResponseWriter, r *http.Request, done string) {
	if r.Header.Get("Accept") == "application/json" {
		writeState(w, s.controlView(done))
		return
	}
	http.Redirect(w, r, "/?done="+url.QueryEscape(done), http.StatusSeeOther)
}

func (s *Server) controlAdvance(w http.ResponseWriter, r *http.Request) {
	by, err := time.ParseDuration(r.FormValue("by"))
	if err != nil || by < 0 || by > 10*365*24*time.Hour {
		http.Error(w, "Say how far, like by=24h, at most ten years.", http.StatusBadRequest)
		return
	}
	s.Advance(by)
	s.back(w, r, "The clock is "+by.String()+" further.")
}

func (s *Server) controlWeather(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(r.FormValue("delay_ms"))
	copies, _ := strconv.Atoi(r.FormValue("copies"))
	s.SetWeather(Weather{
		Copies: min(max(copies, 0), 5), Delay: time.Duration(ms) * time.Millisecond,
		Shuffle: r.FormValue("shuffle") == "true", Twins: r.FormValue("twins") == "true", Outage: r.FormValue("outage") == "true",
	})
	s.back(w, r, "The conditions for webhooks are set.")
}

func (s *Server) controlFault(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("clear") == "true" {
		s.ClearFaults()
		s.back(w, r, "The API works again.")
		return
	}
	ms, _ := strconv.Atoi(r.FormValue("latency_ms"))
	status, _ := strconv.Atoi(r.FormValue("status"))
	times, _ := strconv.Atoi(r.FormValue("times"))
	s.Inject(Fault{
		Match: r.FormValue("match"), Latency: time.Duration(ms) * time.Millisecond, Status: status, Times: max(times, 0),
		Drop: r.FormValue("drop") == "true", After: r.FormValue("after") == "true",
	})
	s.back(w, r, "The API makes trouble.")
}

func (s *Server) controlResend(w http.ResponseWriter, r *http.Request) {
	if !s.Resend(r.FormValue("event")) {
		http.Error(w, "There is no such event.", http.StatusNotFound)
		return
	}
	s.back(w, r, "The event is sent again.")
}

func (s *Server) controlSubscription(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	sub := s.st.Subscriptions[r.FormValue("id")]
	var charge, dispute, customer string
	if sub != nil {
		customer = sub.Customer
		charge, dispute = s.money(sub)
	}
	s.mu.Unlock()
	if sub == nil {
		http.Error(w, "There is no such subscription.", http.StatusNotFound)
		return
	}
	if !s.operate(r.FormValue("do"), sub.ID, customer, charge, dispute) {
		http.Error(w, "There is no such action.", http.StatusBadRequest)
		return
	}
	s.back(w, r, "Done: "+r.FormValue("do")+".")
}

// money returns the subscription's newest charge and the dispute over it.
func (s *Server) money(sub *Subscription) (charge, dispute string) {
	for _, inv := range newest(s.st.Invoices, func(x *Invoice) bool { return x.Subscription == sub.ID && x.Charge != "" }) {
		charge = inv.Charge
		break
	}
	for _, d := range newest(s.st.Disputes, func(x *Dispute) bool { return x.Charge == charge }) {
		dispute = d.ID
		break
	}
	return charge, dispute
}

// operate does one action of the control page.
func (s *Server) operate(do, sub, customer, charge, dispute string) bool {
	switch do {
	case "card good":
		s.SetCard(customer, Good)
	case "card declines":
		s.SetCard(customer, Declines)
	case "pay":
		s.PayInvoices(sub)
	case "cancel":
		s.CancelSubscription(sub, true)
	case "cancel now":
		s.CancelSubscription(sub, false)
	case "keep":
		s.KeepSubscription(sub)
	case "pause collection":
		s.PauseCollection(sub, "void")
	case "resume collection":
		s.PauseCollection(sub, "")
	case "resume":
		s.Resume(sub)
	case "refund":
		s.Refund(charge, 0)
	case "dispute":
		s.Dispute(charge)
	case "win dispute":
		s.CloseDispute(dispute, true)
	case "lose dispute":
		s.CloseDispute(dispute, false)
	case "delete customer":
		s.DeleteCustomer(customer)
	default:
		return false
	}
	return true
}
