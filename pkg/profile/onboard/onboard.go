// Package onboard gives a new user everything that the product expects of one:
// a profile, the record of the accepted terms, a Stripe customer, its mirror in
// Cognito and a welcome.
//
// Onboarding does it all when a user is confirmed, and can fail at nothing: the
// user exists by then, Cognito does not run the trigger again, and a person who
// cannot sign in because Stripe is slow would be lost. Whatever is missing
// afterwards, Healer mends at first use. Each step may run any number of times,
// also at once.
package onboard

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/profile"
)

// customerAttribute mirrors the customer's id in Cognito, for people who look
// there. Nothing reads it: DynamoDB is the authority.
const customerAttribute = "custom:stripe_customer_id"

// errNoSub reports a confirmed user without a sub: nothing can be keyed.
var errNoSub = errors.New("onboard: user has no sub")

// User is a user whom Cognito has just confirmed.
type User struct {
	PoolID     string
	Username   string
	Attributes map[string]string // Cognito's, with sub
}

// Consents records what a person agreed to at sign-up.
type Consents interface {
	// Promote turns the acceptance that waits under the user name into the
	// user's consent, and returns its terms version; "" if nothing waits.
	Promote(ctx context.Context, sub, username string) (tosVersion string, err error)
}

// Customers gives a user the one Stripe customer. billing.Linker does.
type Customers interface {
	Link(ctx context.Context, u billing.User) (customerID string, err error)
}

// Onboarding is the work at confirmation. It is safe for concurrent use.
type Onboarding struct {
	Profiles interface {
		// Create stores the profile unless there is one, and returns what is stored.
		Create(ctx context.Context, p profile.Profile) (stored profile.Profile, created bool, err error)
	}
	Consents  Consents
	Customers Customers
	Mirror    interface {
		Set(ctx context.Context, poolID, username, customerID string) error
	}
	Welcomes interface {
		Send(ctx context.Context, sub string) error
	}
	Log *slog.Logger
	Now func() time.Time
}

// Run does all steps for u, side by side where they do not need each other, and
// returns before Cognito's patience ends, whatever the steps do. Each step that
// fails writes one line with its code and counts in its metric.
func (o *Onboarding) Run(ctx context.Context, u User) {
	if u.Attributes["sub"] == "" {
		o.report(ctx, stepEvent, "", errNoSub)
		return
	}
	work, stop := context.WithTimeout(ctx, budget(ctx))
	defer stop()
	ended := together(
		func() { o.step(work, u, stepProfile, o.createProfile) },
		func() { o.step(work, u, stepConsent, o.promote) },
		func() { o.step(work, u, stepWelcome, o.welcome) },
		func() { o.bill(work, u) },
	)
	if !within(work, ended) {
		o.report(ctx, stepAll, u.Attributes["sub"], context.Cause(work))
	}
}

func (o *Onboarding) createProfile(ctx context.Context, u User) error {
	_, _, err := o.Profiles.Create(ctx, profile.FromAttributes(u.Attributes))
	return err
}

func (o *Onboarding) promote(ctx context.Context, u User) error {
	_, err := o.Consents.Promote(ctx, u.Attributes["sub"], u.Username)
	return err
}

// welcome asks for the mail, unless the provider of a federated user does not
// vouch for the address: it may be a stranger's.
func (o *Onboarding) welcome(ctx context.Context, u User) error {
	if u.Attributes["cognito:user_status"] == "EXTERNAL_PROVIDER" && u.Attributes["email_verified"] == "false" {
		return nil
	}
	return o.Welcomes.Send(ctx, u.Attributes["sub"])
}

// bill makes the customer and then, knowing its id, the mirror.
func (o *Onboarding) bill(ctx context.Context, u User) {
	var id string
	linked := o.step(ctx, u, stepCustomer, func(ctx context.Context, u User) (err error) {
		id, err = o.Customers.Link(ctx, billing.User{
			Sub: u.Attributes["sub"], Email: profile.FromAttributes(u.Attributes).Email, Fresh: true,
			Proven: u.Attributes["email_verified"] == "true",
		})
		return err
	})
	if !linked || u.Attributes[customerAttribute] == id {
		return
	}
	o.step(ctx, u, stepMirror, func(ctx context.Context, u User) error {
		return o.Mirror.Set(ctx, u.PoolID, u.Username, id)
	})
}
