package stripetest

import (
	"bytes"
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"
)

// deliveryTimeout is how long a webhook endpoint may take to answer.
const deliveryTimeout = 20 * time.Second

// Endpoint is a webhook endpoint of the account.
type Endpoint struct {
	URL     string   `json:"url"`
	Secrets []string `json:"secrets"` // several while one is being rolled
	Types   []string `json:"types"`   // nil sends every type
	// Version is the API version that payloads have: APIVersion (the default) or
	// Basil, which moved a subscription's period to its items.
	Version string `json:"version"`
}

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	Event    string `json:"event"` // its id
	Type     string `json:"type"`
	Endpoint int    `json:"endpoint"` // its position in the list
	Attempts int    `json:"attempts"`
	NextAt   int64  `json:"next_at"` // Unix seconds; 0 when it is over
	Status   int    `json:"status"`  // of the last attempt; 0 for no answer
}

// Weather is what goes wrong between Stripe and the endpoint.
type Weather struct {
	Copies  int           `json:"copies"`  // extra deliveries of every event
	Shuffle bool          `json:"shuffle"` // deliver what is due in any order
	Twins   bool          `json:"twins"`   // make two events, with two ids, of every change
	Delay   time.Duration `json:"delay"`   // before a first delivery
	Outage  bool          `json:"outage"`  // deliver nothing; it stays due
}

// SetWeather changes the conditions for deliveries from now on.
func (s *Server) SetWeather(w Weather) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather = w
	s.nudge()
}

// SetEndpoints makes the account send its events to these endpoints and no
// others.
func (s *Server) SetEndpoints(all ...Endpoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st.Endpoints = nil
	for _, e := range all {
		s.st.Endpoints = append(s.st.Endpoints, &e)
	}
}

// retries are the waits between the attempts to deliver: about three days.
func retries() []time.Duration {
	return []time.Duration{
		5 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour,
	}
}

// enqueue plans an event's deliveries.
func (s *Server) enqueue(e *Event) {
	for i, ep := range s.st.Endpoints {
		if ep.Types != nil && !slices.Contains(ep.Types, e.Type) {
			continue
		}
		for range 1 + s.weather.Copies {
			s.st.Deliveries = append(s.st.Deliveries, &Delivery{Event: e.ID, Type: e.Type, Endpoint: i, NextAt: s.now().Add(s.weather.Delay).Unix()})
		}
	}
	s.nudge()
}

func (s *Server) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Deliveries returns the deliveries planned or made, oldest first.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.st.Deliveries)
}

// Deliver sends everything that is due, each attempt once and one after the
// other, and returns how many attempts it made.
func (s *Server) Deliver(ctx context.Context) int {
	due := s.ready()
	for _, d := range due {
		s.attemptDelivery(ctx, d)
	}
	return len(due)
}

// Resend plans one more delivery of an event to every endpoint, as the
// Dashboard's button does, and reports whether there is such an event.
func (s *Server) Resend(event string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.st.Events[event]
	if e != nil {
		s.enqueue(e)
	}
	return e != nil
}

// Run does chores and delivers webhooks until ctx ends. The local fleet runs it
// beside the handler.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		s.Tick()
		for s.Deliver(ctx) > 0 && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-tick.C:
		}
	}
}

// ready returns the deliveries whose time has come.
func (s *Server) ready() []*Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.weather.Outage {
		return nil
	}
	now := s.now().Unix()
	var due []*Delivery
	for _, d := range s.st.Deliveries {
		if d.NextAt != 0 && d.NextAt <= now {
			due = append(due, d)
		}
	}
	if s.weather.Shuffle {
		rand.Shuffle(len(due), func(i, j int) { due[i], due[j] = due[j], due[i] }) //nolint:gosec // disorder is no secret
	}
	return due
}

// attemptDelivery posts one delivery and plans what follows. The signature is
// made anew for each attempt, at the wall's time: a receiver compares it with
// its own clock, not with the account's.
func (s *Server) attemptDelivery(ctx context.Context, d *Delivery) {
	s.mu.Lock()
	if d.Endpoint >= len(s.st.Endpoints) {
		d.NextAt = 0 // the endpoint is gone
		s.mu.Unlock()
		return
	}
	ep, e := s.st.Endpoints[d.Endpoint], s.st.Events[d.Event]
	at := s.base()
	s.mu.Unlock()
	status := s.post(ctx, ep, e.payload(ep.Version), at)
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Attempts++
	d.Status, d.NextAt = status, 0
	waits := retries()
	if (status < 200 || status > 299) && d.Attempts <= len(waits) {
		d.NextAt = s.now().Add(waits[d.Attempts-1]).Unix()
	}
}

func (s *Server) post(ctx context.Context, ep *Endpoint, payload []byte, at time.Time) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, ep.URL, bytes.NewReader(payload))
	if err != nil {
		return 0
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	req.Header.Set("Stripe-Signature", Sign(payload, at, ep.Secrets...))
	resp, err := s.http.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	return resp.StatusCode
}

// noRedirect makes a redirect an answer: to Stripe it is a failure.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// delivered reports whether every delivery of an event has succeeded.
func (s *Server) delivered(e *Event) bool {
	for _, d := range s.st.Deliveries {
		if d.Event == e.ID && (d.Status < 200 || d.Status > 299) {
			return false
		}
	}
	return true
}
