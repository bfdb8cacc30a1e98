package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/profile/profiletest"
	"callanalyst/pkg/rest"
)

const secret = "whsec_dGVzdA=="

// proxyEvent is a delivery as API Gateway hands it on.
func proxyEvent(t *testing.T, body []byte, signature string, encoded bool) json.RawMessage {
	t.Helper()
	text := string(body)
	if encoded {
		text = base64.StdEncoding.EncodeToString(body)
	}
	e, err := json.Marshal(map[string]any{
		"httpMethod": "POST", "path": "/webhooks/stripe", "body": text, "isBase64Encoded": encoded,
		"multiValueHeaders": map[string][]string{"stripe-signature": {signature}},
		"requestContext":    map[string]any{"requestId": "req-1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestADeliveryIsWorkedOnOnce(t *testing.T) {
	t.Parallel()
	w := profiletest.New(t, profiletest.Shared(t))
	fn, err := w.Process(t, "stripe-webhook").Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	customer := w.Stripe.AddCustomer("ada@example.com", map[string]string{"cognito_sub": "u1"})
	w.Stripe.Subscribe(customer, "pro_monthly", stripetest.Good, 0)
	events := w.Stripe.Events()
	body := events[len(events)-1].Body
	for i, want := range []string{`"outcome":"applied"}`, `"outcome":"duplicate"}`} {
		out, err := fn(t.Context(), proxyEvent(t, body, stripetest.Sign(body, time.Now(), secret), i == 1))
		if err != nil {
			t.Fatal(err)
		}
		got := out.(rest.Answer)
		if got.Status != http.StatusOK || got.Body != `{"event":"`+events[len(events)-1].ID+`",`+want {
			t.Errorf("delivery %d: %d %s, want 200 …%s", i+1, got.Status, got.Body, want)
		}
	}
	w.Log.Check(t, secret)
}
