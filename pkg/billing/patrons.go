package billing

import (
	"context"
	"fmt"

	"callanalyst/pkg/entitlement"
)

// Patrons runs something with the user's Stripe customer: the linked one, a new
// one for a user who has none, and another one when Stripe has none of that id
// any more.
type Patrons struct {
	Linker interface {
		Link(ctx context.Context, u User) (string, error)
		Relink(ctx context.Context, u User, gone string) (string, error)
	}
	// Emails returns the user's e-mail for a customer that has to be made. The
	// access token carries none. Without one the customer is made all the same.
	Emails interface {
		Email(ctx context.Context, who Person) (string, error)
	}
}

// With calls do with the customer. When do fails because Stripe does not know
// the customer, it is replaced, and do is called once more.
func (p *Patrons) With(ctx context.Context, who Person, row entitlement.Row, do func(ctx context.Context, customerID string) error) error {
	id := row.CustomerID
	if id == "" {
		var err error
		if id, err = p.Linker.Link(ctx, p.user(ctx, who)); err != nil {
			return err
		}
	}
	err := do(ctx, id)
	if !isMissingCustomer(err) {
		return err
	}
	next, err := p.Linker.Relink(ctx, p.user(ctx, who), id)
	if err != nil {
		return fmt.Errorf("billing: replace customer: %w", err)
	}
	return do(ctx, next)
}

func (p *Patrons) user(ctx context.Context, who Person) User {
	email, err := p.Emails.Email(ctx, who)
	if err != nil {
		email = "" // checkout asks for it
	}
	return User{Sub: who.Sub, Email: email}
}
