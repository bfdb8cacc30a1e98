package stripetest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v76/webhook"

	"callanalyst/pkg/billing/stripetest"
)

func TestSnapshotRestoresTheAccount(t *testing.T) {
	t.Parallel()
	s := stripetest.New(stripetest.Config{})
	made := send(t, s, "POST", customers, email("a@example.com"), "k")
	shot, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	other := stripetest.New(stripetest.Config{})
	if err := other.Restore(shot); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Customers()[0].ID, other.Customers()[0].ID); diff != "" {
		t.Errorf("customers differ: %s", diff)
	}
	if diff := cmp.Diff(len(s.Events()), len(other.Events())); diff != "" {
		t.Errorf("events differ: %s", diff)
	}
	if again := send(t, other, "POST", customers, email("a@example.com"), "k"); again.id != made.id || !again.replayed {
		t.Errorf("the restored account forgot an idempotency key: %+v", again)
	}
	if err := other.Restore([]byte("{")); err == nil {
		t.Error("Restore took half a snapshot")
	}
}

func TestSameSeedSameIDs(t *testing.T) {
	t.Parallel()
	id := func() string {
		s := stripetest.New(stripetest.Config{Rand: rand.NewChaCha8([32]byte{1})})
		return s.AddCustomer("a@example.com", nil)
	}
	if a, b := id(), id(); a != b || !strings.HasPrefix(a, "cus_") {
		t.Errorf("ids of one seed: %q and %q", a, b)
	}
}

func TestSign(t *testing.T) {
	t.Parallel()
	payload, at := []byte(`{"id":"evt_1"}`), time.Now()
	header := stripetest.Sign(payload, at, "whsec_new", "whsec_old")
	for _, secret := range []string{"whsec_new", "whsec_old"} {
		if err := webhook.ValidatePayload(payload, header, secret); err != nil {
			t.Errorf("stripe-go refuses %s under %s: %v", header, secret, err)
		}
	}
	if err := webhook.ValidatePayload(payload, header, "whsec_other"); err == nil {
		t.Error("a secret that did not sign was accepted")
	}
	mac := hmac.New(sha256.New, []byte("s"))
	mac.Write([]byte("1.{}"))
	if got, want := stripetest.Sign([]byte("{}"), time.Unix(1, 0), "s"), "t=1,v1="+hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("Sign = %s, want %s", got, want)
	}
}

func TestOverASocket(t *testing.T) {
	t.Parallel()
	s := stripetest.New(stripetest.Config{})
	s.Inject(stripetest.Fault{Times: 1, Drop: true})
	srv := httptest.NewServer(s)
	defer srv.Close()
	get := func() (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), "GET", srv.URL+customers, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+stripetest.TestKey)
		req.Close = true
		return http.DefaultTransport.RoundTrip(req)
	}
	if resp, err := get(); err == nil {
		_ = resp.Body.Close()
		t.Errorf("a dropped connection answered %s", resp.Status)
	}
	resp, err := get()
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("answer = %s %v", resp.Status, resp.Header)
	}
	_ = resp.Body.Close()
}
