package main

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/profile/profiletest"
)

// The fault matrix: whatever goes wrong inside, Cognito gets its event in time
// and the person is confirmed; the log names what is missing; and the next run
// completes it, once.
func TestConfirmationSurvives(t *testing.T) {
	t.Parallel()
	const name = "Ada"
	all := whole(name)
	without := func(change func(*holdings)) holdings {
		h := all
		change(&h)
		return h
	}
	noCustomer := without(func(h *holdings) { h.Customers, h.Linked, h.Mirrored = 0, false, false })
	stripe := func(f stripetest.Fault) func(*profiletest.World) {
		return func(w *profiletest.World) { w.Break(f) }
	}
	make := func(troubles ...profiletest.Trouble) func(*profiletest.World) {
		return func(w *profiletest.World) {
			for _, tr := range troubles {
				w.Make(tr)
			}
		}
	}
	const throttled = "ProvisionedThroughputExceededException"
	tests := []struct {
		name  string
		make  func(*profiletest.World)
		early bool          // the trouble begins before the process starts
		limit time.Duration // of the function; the usual if 0
		first holdings
		codes []string // logged by the first run
	}{
		{name: "nothing goes wrong", make: make(), first: all},
		{name: "Stripe takes six seconds", make: make(profiletest.Trouble{Call: "stripe", After: 6 * time.Second, Pass: true}), first: noCustomer, codes: []string{"CUSTOMER_PENDING"}},
		{name: "Stripe makes the customer and its answer is lost", make: stripe(stripetest.Fault{Match: "POST /v1/customers", After: true, Drop: true}), first: all},
		{name: "Stripe limits us", make: stripe(stripetest.Fault{Status: 429}), first: noCustomer, codes: []string{"CUSTOMER_PENDING"}},
		{name: "Stripe limits us for a moment", make: stripe(stripetest.Fault{Status: 429, Times: 2}), first: all},
		{name: "Stripe answers 500", make: stripe(stripetest.Fault{Status: 500}), first: noCustomer, codes: []string{"CUSTOMER_PENDING"}},
		{name: "Stripe answers nonsense", make: make(profiletest.Trouble{Call: "stripe", Page: "<html>ada.matrix@example.com"}), first: noCustomer, codes: []string{"CUSTOMER_PENDING"}},
		{name: "Stripe is down", make: make(profiletest.Trouble{Call: "stripe"}), first: noCustomer, codes: []string{"CUSTOMER_PENDING"}},
		{name: "Stripe's key cannot be read", early: true, make: make(profiletest.Trouble{Call: "secretsmanager"}), first: noCustomer, codes: []string{"CUSTOMER_PENDING"}},
		{name: "DynamoDB throttles the profile", make: make(profiletest.Trouble{Call: "dynamodb PutItem profiles", Code: throttled}), first: without(func(h *holdings) { h.Profile = "" }), codes: []string{"PROFILE_PENDING"}},
		{name: "DynamoDB throttles for a moment", make: make(profiletest.Trouble{Call: "dynamodb", Code: throttled, Times: 2}), first: all},
		{name: "DynamoDB throttles the entitlements", make: make(profiletest.Trouble{Call: "dynamodb UpdateItem", Code: throttled}, profiletest.Trouble{Call: "dynamodb TransactWriteItems", Code: throttled}), first: without(func(h *holdings) { h.Terms, h.Linked, h.Mirrored = "", false, false }), codes: []string{"CONSENT_PENDING", "CUSTOMER_PENDING"}},
		{name: "DynamoDB is down", make: make(profiletest.Trouble{Call: "dynamodb"}), first: holdings{Welcomes: 1}, codes: []string{"CONSENT_PENDING", "CUSTOMER_PENDING", "PROFILE_PENDING"}},
		{name: "DynamoDB does not answer", make: make(profiletest.Trouble{Call: "dynamodb", After: time.Minute}), first: holdings{Welcomes: 1}, codes: []string{"CONSENT_PENDING", "CUSTOMER_PENDING", "PROFILE_PENDING"}},
		{name: "SQS is down", make: make(profiletest.Trouble{Call: "sqs"}), first: without(func(h *holdings) { h.Welcomes = 0 }), codes: []string{"WELCOME_LOST"}},
		{name: "Cognito throttles the mirror", make: make(profiletest.Trouble{Call: "cognito-idp AdminUpdateUserAttributes", Code: "TooManyRequestsException"}), first: without(func(h *holdings) { h.Mirrored = false }), codes: []string{"MIRROR_PENDING"}},
		{name: "Cognito is down", make: make(profiletest.Trouble{Call: "cognito-idp AdminUpdateUserAttributes"}), first: without(func(h *holdings) { h.Mirrored = false }), codes: []string{"MIRROR_PENDING"}},
		{name: "100 ms are left, and Stripe takes 450", limit: 100 * time.Millisecond, make: make(profiletest.Trouble{Call: "stripe", After: 450 * time.Millisecond, Pass: true}), first: noCustomer, codes: []string{"CUSTOMER_PENDING"}},
		{name: "everything is down", make: make(profiletest.Trouble{Call: "dynamodb"}, profiletest.Trouble{Call: "stripe"}, profiletest.Trouble{Call: "sqs"}, profiletest.Trouble{Call: "cognito-idp AdminUpdate"}, profiletest.Trouble{Call: "secretsmanager"}), first: holdings{}, codes: []string{"CONSENT_PENDING", "CUSTOMER_PENDING", "PROFILE_PENDING", "WELCOME_LOST"}},
	}
	shared := profiletest.Shared(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := profiletest.New(t, shared)
				if tt.early {
					tt.make(w)
				}
				fn := start(t, w, orElse(tt.limit, limit))
				username, code := register(t, w, "Ada.Matrix@Example.com", name)
				if !tt.early {
					tt.make(w)
				}

				began := time.Now()
				if err := w.Confirm(t, username, code); err != nil {
					t.Fatalf("the person sees %v", err)
				}
				if took := time.Since(began); took > 4*time.Second {
					t.Errorf("Cognito waited %s", took)
				}
				w.Calm()
				if _, status := w.User(t, username); status != "CONFIRMED" {
					t.Errorf("the user is %s, want CONFIRMED", status)
				}
				if diff := cmp.Diff(tt.first, hold(t, w, username)); diff != "" {
					t.Errorf("after the first run (-want +got):\n%s", diff)
				}
				codes := w.Log.Codes(t)
				slices.Sort(codes)
				if diff := cmp.Diff(tt.codes, codes); diff != "" {
					t.Errorf("codes (-want +got):\n%s\n%s", diff, w.Log)
				}

				w.Log.Reset()
				if _, err := fn(t.Context(), confirmation(t, w, username)); err != nil {
					t.Fatal(err)
				}
				want := all
				want.Welcomes += tt.first.Welcomes
				if diff := cmp.Diff(want, hold(t, w, username)); diff != "" {
					t.Errorf("after the next run (-want +got):\n%s\n%s", diff, w.Log)
				}
				w.Log.Check(t, "Ada", "ada.matrix", code)
			})
		})
	}
}

func orElse(d, other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return d
}
