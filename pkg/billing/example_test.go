package billing_test

import (
	"context"
	"fmt"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
)

// A webhook is verified over its raw bytes, under any of the endpoint's secrets.
func ExampleSignatures_Verify() {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	v := &billing.Signatures{
		Secrets: billing.FixedWebhooks("whsec_the_new_one", "whsec_the_old_one"),
		Now:     func() time.Time { return now },
	}
	body := []byte(`{"id":"evt_1","object":"event"}`)
	good := stripetest.Sign(body, now, "whsec_the_old_one")
	fmt.Println(v.Verify(context.Background(), good, body))
	late := stripetest.Sign(body, now.Add(-time.Hour), "whsec_the_old_one")
	fmt.Println(v.Verify(context.Background(), late, body))
	// Output:
	// <nil>
	// SIGNATURE_INVALID: billing: signed 1h0m0s away from now
}

// An event is read only for what it is about, whatever its API version says.
func ExampleParseEvent() {
	e, err := billing.ParseEvent([]byte(`{
		"id": "evt_1", "type": "invoice.paid", "created": 1800000000, "livemode": false,
		"data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1",
			"parent": {"subscription_details": {"metadata": {"cognito_sub": "8b1f0c4e"}}}}}}`))
	fmt.Println(e.Type, e.Customer, e.Sub, err)
	// Output: invoice.paid cus_1 8b1f0c4e <nil>
}

// Where Stripe sends the browser comes from configuration. The session's id is
// Stripe's to fill in.
func ExamplePagesOf() {
	p := billing.PagesOf("https://callanalyst.app")
	fmt.Println(p.Success)
	fmt.Println(p.Account)
	// Output:
	// https://callanalyst.app/checkout/success?session_id={CHECKOUT_SESSION_ID}
	// https://callanalyst.app/account
}
