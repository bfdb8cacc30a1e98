package stripetest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/billing/stripetest"
)

// reply is an answer as a client sees it.
type reply struct {
	status   int
	id       string
	code     string
	kind     string
	message  string
	param    string
	replayed bool
	header   http.Header
	body     map[string]any
}

// send makes one API call without any client library.
func send(t *testing.T, s *stripetest.Server, method, path string, form url.Values, key string) reply {
	t.Helper()
	target, body := "http://stripe.test"+path, ""
	if method == http.MethodPost {
		body = form.Encode()
	} else if len(form) > 0 {
		target += "?" + form.Encode()
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+stripetest.TestKey)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	return do(t, s, req)
}

func do(t *testing.T, s *stripetest.Server, req *http.Request) reply {
	t.Helper()
	resp, err := s.Client().Do(req)
	if err != nil {
		return reply{}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	r := reply{status: resp.StatusCode, header: resp.Header, replayed: resp.Header.Get("Idempotent-Replayed") == "true"}
	if err := json.Unmarshal(b, &r.body); err != nil {
		return r
	}
	r.id, _ = r.body["id"].(string)
	if e, ok := r.body["error"].(map[string]any); ok {
		r.code, _ = e["code"].(string)
		r.kind, _ = e["type"].(string)
		r.message, _ = e["message"].(string)
		r.param, _ = e["param"].(string)
	}
	return r
}

func email(e string) url.Values { return url.Values{"email": {e}} }

const customers = "/v1/customers"

func TestIdempotency(t *testing.T) {
	t.Parallel()
	now := time.Unix(1800000000, 0)
	s := stripetest.New(stripetest.Config{Now: func() time.Time { return now }})

	first := send(t, s, "POST", customers, email("a@example.com"), "k")
	if first.status != 200 || first.replayed {
		t.Fatalf("first request: %+v", first)
	}
	again := send(t, s, "POST", customers, email("a@example.com"), "k")
	if again.id != first.id || !again.replayed {
		t.Errorf("same key, same parameters: %q replayed=%v, want %q true", again.id, again.replayed, first.id)
	}
	if again.header.Get("Request-Id") == first.header.Get("Request-Id") {
		t.Errorf("a replay has its own request id")
	}
	other := send(t, s, "POST", customers, email("b@example.com"), "k")
	if other.status != 400 || other.kind != "idempotency_error" {
		t.Errorf("same key, other parameters: %d %s, want 400 idempotency_error", other.status, other.kind)
	}
	elsewhere := send(t, s, "POST", customers+"/"+first.id, email("a@example.com"), "k")
	if elsewhere.status != 400 || !strings.Contains(elsewhere.message, "same endpoint") {
		t.Errorf("same key, other endpoint: %d %q", elsewhere.status, elsewhere.message)
	}
	now = now.Add(25 * time.Hour)
	later := send(t, s, "POST", customers, email("b@example.com"), "k")
	if later.status != 200 || later.id == first.id || later.replayed {
		t.Errorf("a pruned key makes a new customer, got %+v", later)
	}
	if n := len(s.Customers()); n != 2 {
		t.Errorf("%d customers, want 2", n)
	}
}

func TestIdempotencyKeepsWhatWasExecuted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		fault    stripetest.Fault
		form     url.Values
		status   int // of the first request
		replayed bool
		second   int // status of a second request with the same key
	}{
		{name: "a 500 before the work is kept", fault: stripetest.Fault{Times: 1, Status: 500}, status: 500, replayed: true, second: 500},
		{name: "a 500 after the work is kept", fault: stripetest.Fault{Times: 1, Status: 500, After: true}, status: 500, replayed: true, second: 500},
		{name: "an answer that got lost is kept", fault: stripetest.Fault{Times: 1, Drop: true, After: true}, status: 0, replayed: true, second: 200},
		{name: "a request that never arrived is not kept", fault: stripetest.Fault{Times: 1, Drop: true}, status: 0, second: 200},
		{name: "a rate limit is not kept", fault: stripetest.Fault{Times: 1, Status: 429}, status: 429, second: 200},
		{name: "failed validation is not kept", fault: stripetest.Fault{Match: "none"}, form: url.Values{"colour": {"red"}}, status: 400, second: 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := stripetest.New(stripetest.Config{})
			s.Inject(tt.fault)
			form := email("a@example.com")
			if tt.form != nil {
				form = tt.form
			}
			if got := send(t, s, "POST", customers, form, "k"); got.status != tt.status {
				t.Fatalf("first answer = %d %s, want %d", got.status, got.message, tt.status)
			}
			got := send(t, s, "POST", customers, form, "k")
			if got.status != tt.second || got.replayed != tt.replayed {
				t.Errorf("second answer = %d replayed=%v, want %d %v", got.status, got.replayed, tt.second, tt.replayed)
			}
		})
	}
}

func TestIdempotencyKeyInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stripetest.New(stripetest.Config{})
		s.Inject(stripetest.Fault{Times: 1, Latency: time.Second})
		first := make(chan reply, 1)
		go func() { first <- send(t, s, "POST", customers, email("a@example.com"), "k") }()
		synctest.Wait()
		second := send(t, s, "POST", customers, email("a@example.com"), "k")
		if second.status != 409 || second.code != "idempotency_key_in_use" {
			t.Errorf("a second request meanwhile: %d %s, want 409 idempotency_key_in_use", second.status, second.code)
		}
		made := <-first
		if third := send(t, s, "POST", customers, email("a@example.com"), "k"); third.id != made.id || !third.replayed {
			t.Errorf("afterwards: %q replayed=%v, want %q true", third.id, third.replayed, made.id)
		}
	})
}

func TestIdempotencyOfADeletedCustomer(t *testing.T) {
	t.Parallel()
	s := stripetest.New(stripetest.Config{})
	first := send(t, s, "POST", customers, email("a@example.com"), "k")
	s.DeleteCustomer(first.id)
	again := send(t, s, "POST", customers, email("a@example.com"), "k")
	if again.id != first.id || again.body["deleted"] != nil {
		t.Errorf("the replay must hand back the customer as it was: %+v", again.body)
	}
	got := send(t, s, "GET", customers+"/"+first.id, nil, "")
	if got.status != 200 || got.body["deleted"] != true {
		t.Errorf("a deleted customer is retrieved as 200 deleted, got %d %v", got.status, got.body)
	}
}
