package billing

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"callanalyst/pkg/entitlement"
)

// Portal opens the billing portal.
type Portal struct {
	Rows interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Terms     interface{ Check(accepted string) error }
	Customers *Patrons
	Stripe    interface {
		Portal(ctx context.Context, customerID, returnURL string) (string, error)
	}
	Pages Pages
}

// Open returns the address of a new visit.
func (p *Portal) Open(ctx context.Context, who Person) (string, error) {
	row, err := admitted(ctx, p.Rows, p.Terms, who.Sub)
	if err != nil {
		return "", err
	}
	var url string
	err = p.Customers.With(ctx, who, row, func(ctx context.Context, customerID string) (err error) {
		url, err = p.Stripe.Portal(ctx, customerID, p.Pages.Account)
		return err
	})
	if err != nil {
		return "", orUnavailable(fmt.Errorf("billing: open portal for %s: %w", who.Sub, err))
	}
	return url, nil
}

// Visit is the success page's question: what became of my checkout? Its answer
// is in the row before it is given, so nobody waits for a webhook.
type Visit struct {
	Rows interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Terms  interface{ Check(accepted string) error }
	Stripe interface {
		GetSession(ctx context.Context, id string) (Session, error)
	}
	Projector interface {
		Project(ctx context.Context, customerID string, hint Hint, c *Claim) (Projection, error)
	}
	Now func() time.Time
}

// Progress is the answer of GET /api/checkout/{session_id}.
type Progress struct {
	Status      string           `json:"status"` // open, complete, expired
	Tier        string           `json:"tier"`   // that was chosen
	Entitlement entitlement.View `json:"entitlement"`
}

// Look applies what Stripe says of the session's customer and returns it. A
// session of somebody else is ErrNoSession, like one that is not there.
func (v *Visit) Look(ctx context.Context, who Person, sessionID string) (Progress, error) {
	if !plausible(sessionID) {
		return Progress{}, ErrNoSession
	}
	var x Session
	var row entitlement.Row
	var refused, unknown error
	var wg sync.WaitGroup
	wg.Go(func() { row, refused = admitted(ctx, v.Rows, v.Terms, who.Sub) })
	wg.Go(func() { x, unknown = v.Stripe.GetSession(ctx, sessionID) })
	wg.Wait()
	if err := cmp.Or(refused, orUnavailable(unknown)); err != nil {
		return Progress{}, err
	}
	if x.Sub != who.Sub {
		return Progress{}, ErrNoSession
	}
	if x.Status == "complete" {
		p, err := v.Projector.Project(ctx, x.Customer, Hint{Sub: who.Sub, Row: &row}, nil)
		if err != nil {
			return Progress{}, orUnavailable(err)
		}
		row = p.Row
	}
	return Progress{Status: x.Status, Tier: x.Tier, Entitlement: row.ViewAt(v.Now())}, nil
}

// plausible reports whether the text can be a session's id at all; it goes into
// a path of Stripe's API.
func plausible(id string) bool {
	rest, ok := strings.CutPrefix(id, "cs_")
	return ok && len(id) <= 255 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}
