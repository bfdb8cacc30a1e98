package mail

import (
	"context"
	"time"
)

// welcome is the welcome's template.
const welcome = "welcome"

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
		page, err := w.Pages.Render(welcome, Data{Email: n.Email, Name: n.Name, Plan: plan(n.Tier)})
		return page, welcome, err
	})
}

// plan is a paid tier's name for people; an unknown tier is taken for free.
func plan(tier string) string {
	return map[string]string{"pro": "Pro", "team": "Team"}[tier]
}
