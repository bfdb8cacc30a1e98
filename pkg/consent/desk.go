package consent

import (
	"context"
	"time"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/fault"
)

// ErrField reports a request that agrees to nothing, or half-says what to. Its
// Detail says what is missing.
var ErrField = fault.New(fault.Invalid, "INVALID_FIELD", "Send tos_version, cookies, or both.")

// Wish is what a signed-in user agrees to. Its JSON is the request of
// POST /api/consent.
type Wish struct {
	Version *string `json:"tos_version"`
	Cookies *struct {
		Analytics *bool `json:"analytics"`
		Marketing *bool `json:"marketing"`
	} `json:"cookies"`
}

// Through says by what a wish came.
type Through struct {
	ClientID  string // the app client of the token
	UserAgent string // as the browser sent it; only its hash is kept
}

// Receipt is what is on record of a user once a wish is. Its JSON is the answer
// of POST /api/consent.
type Receipt struct {
	Version    string     `json:"tos_version"` // the newest that was accepted; "" for none
	AcceptedAt *time.Time `json:"accepted_at"` // when that was; null for none
	Cookies    *Choice    `json:"cookies"`     // the newest choice; null for none
}

// Choice is a choice about cookies, and when it was made.
type Choice struct {
	Cookies
	At time.Time `json:"chosen_at"`
}

// Desk takes what signed-in users agree to: people who came by Google or Apple or
// from the old system, everybody when the terms change, and whoever thinks anew
// about cookies. It is safe for concurrent use.
type Desk struct {
	Policy Policy
	Rows   interface {
		Get(ctx context.Context, sub string) (entitlement.Row, error)
	}
	Records interface {
		Record(ctx context.Context, sub string, a Acceptance) (version string, err error)
	}
	Evidence interface {
		Of(ctx context.Context, sub string) ([]Record, error)
	}
	Now func() time.Time
}

// Agree puts the wish on record, with the server's time, and returns what the
// record says then. It is ErrStale for terms that may not be accepted,
// ErrDisabled of pkg/entitlement for a locked account. What was accepted before
// keeps its first time.
func (d Desk) Agree(ctx context.Context, sub string, w Wish, t Through) (Receipt, error) {
	a, err := d.acceptance(w, t)
	if err != nil {
		return Receipt{}, err
	}
	row, err := d.Rows.Get(ctx, sub)
	if err != nil {
		return Receipt{}, err
	}
	if row.Disabled {
		return Receipt{}, entitlement.ErrDisabled
	}
	if _, err := d.Records.Record(ctx, sub, a); err != nil {
		return Receipt{}, err
	}
	all, err := d.Evidence.Of(ctx, sub)
	return receipt(all), err
}

// acceptance turns the wish into what can be recorded.
func (d Desk) acceptance(w Wish, t Through) (Acceptance, error) {
	a := Acceptance{At: d.Now(), ClientID: t.ClientID, Agent: AgentHash(t.UserAgent), Source: SignedIn}
	switch c := w.Cookies; {
	case w.Version == nil && c == nil:
		return Acceptance{}, ErrField
	case c == nil:
	case c.Analytics == nil || c.Marketing == nil:
		return Acceptance{}, ErrField.Because("The field cookies must say yes or no to both analytics and marketing.")
	default:
		a.Cookies = &Cookies{Analytics: *c.Analytics, Marketing: *c.Marketing}
	}
	if w.Version == nil {
		return a, nil
	}
	if !d.Policy.Allows(*w.Version) {
		return Acceptance{}, ErrStale.Because("These are not the terms in force. Load the page again, read the current ones and accept those.")
	}
	a.Version = *w.Version
	return a, nil
}

// receipt picks the newest of each kind.
func receipt(all []Record) Receipt {
	var out Receipt
	for _, r := range all {
		switch {
		case r.Cookies != nil:
			out.Cookies = &Choice{*r.Cookies, r.At}
		case r.Version >= out.Version:
			out.Version, out.AcceptedAt = r.Version, &r.At
		}
	}
	return out
}
