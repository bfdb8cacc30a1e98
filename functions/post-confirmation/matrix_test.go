package main

import (
	"cmp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/profile/profiletest"
)

const throttled = "ProvisionedThroughputExceededException"

// trouble is what goes wrong in one row of the matrix.
type trouble func(*profiletest.World)

// meet makes calls run into trouble on their way.
func meet(all ...profiletest.Trouble) trouble {
	return func(w *profiletest.World) {
		for _, t := range all {
			w.Make(t)
		}
	}
}

// inside makes trouble inside Stripe.
func inside(f stripetest.Fault) trouble {
	return func(w *profiletest.World) { w.Break(f) }
}

// down refuses connections for calls that begin so.
func down(calls ...string) trouble {
	var all []profiletest.Trouble
	for _, c := range calls {
		all = append(all, profiletest.Trouble{Call: c})
	}
	return meet(all...)
}

// row is one row of the matrix.
type row struct {
	name  string
	make  trouble
	early bool          // the trouble begins before the process starts
	limit time.Duration // of the function; the usual if 0
	lost  func(*holdings)
	codes []string // logged by the first run
}

// What the first run may lose.
func nothing(*holdings)       {}
func theProfile(h *holdings)  { h.Profile = "" }
func theMirror(h *holdings)   { h.Mirrored = false }
func theWelcome(h *holdings)  { h.Welcomes = 0 }
func theCustomer(h *holdings) { h.Customers, h.Linked, h.Mirrored = 0, false, false }
func theRows(h *holdings)     { *h = holdings{Welcomes: 1} }
func everything(h *holdings)  { *h = holdings{} }

func theEntitlement(h *holdings) { h.Terms, h.Linked, h.Mirrored = "", false, false }

func matrix() []row {
	noCustomer := []string{"CUSTOMER_PENDING"}
	noRows := []string{"CONSENT_PENDING", "CUSTOMER_PENDING", "PROFILE_PENDING"}
	return []row{
		{name: "nothing goes wrong", make: meet(), lost: nothing},
		{
			name: "Stripe takes six seconds", lost: theCustomer, codes: noCustomer,
			make: meet(profiletest.Trouble{Call: "stripe", After: 6 * time.Second, Pass: true}),
		},
		{
			name: "Stripe makes the customer and its answer is lost", lost: nothing,
			make: inside(stripetest.Fault{Match: "POST /v1/customers", After: true, Drop: true}),
		},
		{
			name: "Stripe limits us", lost: theCustomer, codes: noCustomer,
			make: inside(stripetest.Fault{Status: 429}),
		},
		{
			name: "Stripe limits us for a moment", lost: nothing,
			make: inside(stripetest.Fault{Status: 429, Times: 2}),
		},
		{
			name: "Stripe answers 500", lost: theCustomer, codes: noCustomer,
			make: inside(stripetest.Fault{Status: 500}),
		},
		{
			name: "Stripe answers nonsense", lost: theCustomer, codes: noCustomer,
			make: meet(profiletest.Trouble{Call: "stripe", Page: "<html>ada.matrix@example.com"}),
		},
		{
			name: "Stripe is down", lost: theCustomer, codes: noCustomer,
			make: down("stripe"),
		},
		{
			name: "Stripe's key cannot be read", early: true, lost: theCustomer, codes: noCustomer,
			make: down("secretsmanager"),
		},
		{
			name: "DynamoDB throttles the profile", lost: theProfile, codes: []string{"PROFILE_PENDING"},
			make: meet(profiletest.Trouble{Call: "dynamodb PutItem profiles", Code: throttled}),
		},
		{
			name: "DynamoDB throttles for a moment", lost: nothing,
			make: meet(profiletest.Trouble{Call: "dynamodb", Code: throttled, Times: 2}),
		},
		{
			name: "DynamoDB throttles the entitlements", lost: theEntitlement, codes: []string{"CONSENT_PENDING", "CUSTOMER_PENDING"},
			make: meet(profiletest.Trouble{Call: "dynamodb UpdateItem entitlements", Code: throttled}),
		},
		{
			name: "DynamoDB is down", lost: theRows, codes: noRows,
			make: down("dynamodb"),
		},
		{
			name: "DynamoDB does not answer", lost: theRows, codes: noRows,
			make: meet(profiletest.Trouble{Call: "dynamodb", After: time.Minute}),
		},
		{
			name: "SQS is down", lost: theWelcome, codes: []string{"WELCOME_LOST"},
			make: down("sqs"),
		},
		{
			name: "Cognito throttles the mirror", lost: theMirror, codes: []string{"MIRROR_PENDING"},
			make: meet(profiletest.Trouble{Call: "cognito-idp AdminUpdateUserAttributes", Code: "TooManyRequestsException"}),
		},
		{
			name: "Cognito is down", lost: theMirror, codes: []string{"MIRROR_PENDING"},
			make: down("cognito-idp AdminUpdateUserAttributes"),
		},
		{
			name: "100 ms are left, and Stripe takes 450", limit: 100 * time.Millisecond, lost: theCustomer, codes: noCustomer,
			make: meet(profiletest.Trouble{Call: "stripe", After: 450 * time.Millisecond, Pass: true}),
		},
		{
			name: "everything is down", lost: everything, codes: append(noRows, "WELCOME_LOST"),
			make: down("dynamodb", "stripe", "sqs", "secretsmanager", "cognito-idp AdminUpdateUserAttributes"),
		},
	}
}

// The fault matrix: whatever goes wrong inside, Cognito gets its event in time
// and the person is confirmed; the log names what is missing; and the next run
// completes it, once.
func TestConfirmationSurvives(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	for _, tt := range matrix() {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { tt.run(t, profiletest.New(t, shared)) })
		})
	}
}

func (tt row) run(t *testing.T, w *profiletest.World) {
	if tt.early {
		tt.make(w)
	}
	fn := start(t, w, cmp.Or(tt.limit, limit))
	username, code := register(t, w, "Ada.Matrix@Example.com", "Ada")
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
	first := whole("Ada")
	tt.lost(&first)
	if diff := gocmp.Diff(first, hold(t, w, username)); diff != "" {
		t.Errorf("after the first run (-want +got):\n%s", diff)
	}
	if got := slices.Sorted(slices.Values(w.Log.Codes(t))); !slices.Equal(got, tt.codes) {
		t.Errorf("logged the codes %q, want %q\n%s", got, tt.codes, w.Log)
	}

	if _, err := fn(t.Context(), confirmation(t, w, username)); err != nil {
		t.Fatal(err)
	}
	then := whole("Ada")
	then.Welcomes += first.Welcomes
	if diff := gocmp.Diff(then, hold(t, w, username)); diff != "" {
		t.Errorf("after the next run (-want +got):\n%s\n%s", diff, w.Log)
	}
	w.Log.Check(t, "Ada", "ada.matrix", code)
}
