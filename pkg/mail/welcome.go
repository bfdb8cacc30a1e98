package mail

import (
	"context"
	"time"
)

// The welcome's two pages. Both are tagged as the first.
const (
	welcome     = "welcome"
	welcomePaid = "welcome-paid"
)

// keepWelcome is how long nobody is welcomed twice.
const keepWelcome = 400 * 24 * time.Hour

// Newcomer is a user to be welcomed.
type Newcomer struct {
	Sub   string // the user's id
	Email string // verified
	Name  string // may be empty
	Tier  string // free, pro or team
}

// Welcomes sends welcomes.
type Welcomes struct {
	Pages  *Pages
	Outbox *Outbox
}

// Send welcomes the user, once, in words for their plan.
func (w *Welcomes) Send(ctx context.Context, n Newcomer) (Outcome, error) {
	if n.Email == "" {
		return "", ErrAddress
	}
	e := Envelope{ID: welcome + "#" + n.Sub, To: n.Email, Category: Product, Keep: keepWelcome}
	return w.Outbox.Deliver(ctx, e, func(context.Context) (Page, string, error) {
		d := Data{Email: n.Email, Name: n.Name, Plan: plan(n.Tier)}
		name := welcome
		if d.Plan != "" {
			name = welcomePaid
		}
		page, err := w.Pages.Render(name, d)
		return page, welcome, err
	})
}

// plan is a paid tier's name for people; an unknown tier is taken for free.
func plan(tier string) string {
	return map[string]string{"pro": "Pro", "team": "Team"}[tier]
}
