package stripetest_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"callanalyst/pkg/billing/stripetest"
)

// mailbox is a webhook endpoint that keeps what it gets and answers as told.
type mailbox struct {
	mu     sync.Mutex
	status int
	got    []delivered
}

type delivered struct {
	ID, Type  string
	signature string
	body      []byte
}

func (m *mailbox) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	d := delivered{signature: r.Header.Get("Stripe-Signature"), body: body}
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, err
	}
	m.got = append(m.got, d)
	if m.status == 0 {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: m.status, Body: http.NoBody, Request: r}, nil
}

func (m *mailbox) ids() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for _, d := range m.got {
		out = append(out, d.ID)
	}
	return out
}

func (m *mailbox) answer(status int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status = status
}

// posted is an account whose events go to a mailbox.
func posted(e stripetest.Endpoint) (*stripetest.Server, *mailbox) {
	m := &mailbox{status: 200}
	s := stripetest.New(stripetest.Config{HTTP: &http.Client{Transport: m}})
	e.URL = "https://fleet.test/webhooks/stripe"
	if e.Secrets == nil {
		e.Secrets = []string{"whsec_1"}
	}
	s.SetEndpoints(e)
	return s, m
}

func TestDeliveriesAreSigned(t *testing.T) {
	t.Parallel()
	s, m := posted(stripetest.Endpoint{Secrets: []string{"whsec_new", "whsec_old"}})
	s.AddCustomer("a@example.com", nil)
	if n := s.Deliver(t.Context()); n != 1 || len(m.got) != 1 {
		t.Fatalf("%d attempts, %d deliveries", n, len(m.got))
	}
	for _, secret := range []string{"whsec_new", "whsec_old"} {
		if err := webhook.ValidatePayload(m.got[0].body, m.got[0].signature, secret); err != nil {
			t.Errorf("under %s: %v", secret, err)
		}
	}
	if s.Deliver(t.Context()) != 0 {
		t.Error("an acknowledged event was sent again")
	}
}

func TestFailedDeliveriesAreRepeatedForThreeDays(t *testing.T) {
	t.Parallel()
	s, m := posted(stripetest.Endpoint{})
	m.answer(503)
	s.AddCustomer("a@example.com", nil)
	var waited time.Duration
	for attempts := 0; ; attempts++ {
		s.Deliver(t.Context())
		d := s.Deliveries()[0]
		if d.NextAt == 0 {
			if waited < 60*time.Hour || waited > 96*time.Hour || attempts < 6 {
				t.Errorf("given up after %d attempts in %v, want about three days", attempts+1, waited)
			}
			return
		}
		wait := time.Unix(d.NextAt+1, 0).Sub(s.Now())
		waited += wait
		s.Advance(wait)
		if attempts > 30 {
			t.Fatal("never given up")
		}
	}
}

func TestARedirectOrSilenceIsAFailure(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 302, 404, 500} {
		s, m := posted(stripetest.Endpoint{})
		m.answer(status)
		s.AddCustomer("a@example.com", nil)
		s.Deliver(t.Context())
		if d := s.Deliveries()[0]; d.NextAt == 0 || d.Status != status {
			t.Errorf("%d: %+v, want another attempt", status, d)
		}
		if got := send(t, s, "GET", "/v1/events", pairs([]string{"delivery_success", "false"}), ""); len(got.body["data"].([]any)) != 1 {
			t.Errorf("%d: the event is not among those that failed", status)
		}
		m.answer(200)
		s.Advance(10 * time.Second)
		s.Deliver(t.Context())
		if got := send(t, s, "GET", "/v1/events", pairs([]string{"delivery_success", "false"}), ""); len(got.body["data"].([]any)) != 0 {
			t.Errorf("%d: the event is still among those that failed", status)
		}
	}
}

func TestWeather(t *testing.T) {
	t.Parallel()
	three := func(s *stripetest.Server) {
		for range 3 {
			s.AddCustomer("a@example.com", nil)
		}
	}
	distinct := func(ids []string) int {
		slices.Sort(ids)
		return len(slices.Compact(ids))
	}
	t.Run("copies", func(t *testing.T) {
		t.Parallel()
		s, m := posted(stripetest.Endpoint{})
		s.SetWeather(stripetest.Weather{Copies: 2})
		three(s)
		s.Deliver(t.Context())
		if ids := m.ids(); len(ids) != 9 || distinct(ids) != 3 {
			t.Errorf("%d deliveries of %d events, want 9 of 3", len(ids), distinct(ids))
		}
	})
	t.Run("twins have their own ids and the same second", func(t *testing.T) {
		t.Parallel()
		s, m := posted(stripetest.Endpoint{})
		s.SetWeather(stripetest.Weather{Twins: true})
		s.AddCustomer("a@example.com", nil)
		s.Deliver(t.Context())
		events := s.Events()
		if distinct(m.ids()) != 2 || events[0].Created != events[1].Created || events[0].Type != events[1].Type {
			t.Errorf("events = %+v", events)
		}
	})
	t.Run("an outage keeps everything", func(t *testing.T) {
		t.Parallel()
		s, m := posted(stripetest.Endpoint{})
		s.SetWeather(stripetest.Weather{Outage: true})
		three(s)
		if n := s.Deliver(t.Context()); n != 0 {
			t.Errorf("%d deliveries during the outage", n)
		}
		s.SetWeather(stripetest.Weather{})
		s.Deliver(t.Context())
		if n := len(m.ids()); n != 3 {
			t.Errorf("%d deliveries after it, want 3", n)
		}
	})
	t.Run("a delay", func(t *testing.T) {
		t.Parallel()
		s, m := posted(stripetest.Endpoint{})
		s.SetWeather(stripetest.Weather{Delay: time.Minute})
		three(s)
		s.Deliver(t.Context())
		early := len(m.ids())
		s.Advance(2 * time.Minute)
		s.Deliver(t.Context())
		if late := len(m.ids()); early != 0 || late != 3 {
			t.Errorf("%d at once and %d after two minutes, want 0 and 3", early, late)
		}
	})
	t.Run("any order", func(t *testing.T) {
		t.Parallel()
		s, m := posted(stripetest.Endpoint{})
		s.SetWeather(stripetest.Weather{Shuffle: true})
		for range 50 {
			s.AddCustomer("a@example.com", nil)
		}
		s.Deliver(t.Context())
		var sent []string
		for _, e := range s.Events() {
			sent = append(sent, e.ID)
		}
		if slices.Equal(sent, m.ids()) || distinct(m.ids()) != 50 {
			t.Error("fifty events came in the order that they were made")
		}
	})
}

func TestEndpointsChooseTypesAndVersions(t *testing.T) {
	t.Parallel()
	s, m := posted(stripetest.Endpoint{Types: []string{"customer.subscription.created", "invoice.paid"}, Version: stripetest.Basil})
	s.Subscribe(s.AddCustomer("a@example.com", nil), "pro_monthly", stripetest.Good, 0)
	s.Deliver(t.Context())
	var got struct {
		Version string `json:"api_version"`
		Data    struct {
			Object struct {
				PeriodEnd    *int64 `json:"current_period_end"`
				Subscription *string
				Items        struct {
					Data []struct {
						PeriodEnd int64 `json:"current_period_end"`
					}
				}
				Parent struct {
					Details struct{ Subscription string } `json:"subscription_details"`
				}
			}
		}
	}
	if len(m.got) != 2 {
		t.Fatalf("%d deliveries, want the two types that were asked for", len(m.got))
	}
	for _, d := range m.got {
		if err := json.Unmarshal(d.body, &got); err != nil {
			t.Fatal(err)
		}
		switch o := got.Data.Object; d.Type {
		case "customer.subscription.created":
			if got.Version != stripetest.Basil || o.PeriodEnd != nil || o.Items.Data[0].PeriodEnd == 0 {
				t.Errorf("subscription = %s", d.body)
			}
		case "invoice.paid":
			if o.Subscription != nil || o.Parent.Details.Subscription == "" {
				t.Errorf("invoice = %s", d.body)
			}
		}
	}
}

func TestResend(t *testing.T) {
	t.Parallel()
	s, m := posted(stripetest.Endpoint{})
	s.AddCustomer("a@example.com", nil)
	s.Deliver(t.Context())
	id := s.Events()[0].ID
	if !s.Resend(id) || s.Resend("evt_none") {
		t.Error("Resend does not know its events")
	}
	s.Deliver(t.Context())
	if ids := m.ids(); len(ids) != 2 || ids[0] != ids[1] {
		t.Errorf("deliveries = %v, want the event twice", ids)
	}
	s.SetEndpoints()
	s.Resend(id)
	if n := s.Deliver(t.Context()); n != 0 {
		t.Errorf("%d deliveries to no endpoint", n)
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, m := posted(stripetest.Endpoint{})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		id := s.AddCustomer("a@example.com", nil)
		synctest.Wait()
		if n := len(m.ids()); n != 1 {
			t.Errorf("%d deliveries at once, want 1", n)
		}
		s.Subscribe(id, "pro_monthly", stripetest.Good, 0)
		before := len(s.Events())
		s.Advance(32 * 24 * time.Hour)
		time.Sleep(2 * time.Second) // the bubble's clock: one tick
		if after := len(s.Events()); after <= before {
			t.Error("nothing was renewed in a month")
		}
		if got, want := len(m.ids()), len(s.Events()); got != want {
			t.Errorf("%d of %d events were delivered", got, want)
		}
		cancel()
		<-done
	})
}
