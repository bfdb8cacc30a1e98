package billing

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/stripe/stripe-go/v76"
	"golang.org/x/sync/errgroup"
)

// subKey is the metadata key under which Stripe's objects carry the user's sub.
const subKey = "cognito_sub"

// Customers is the Linker's view of Stripe.
type Customers struct{ Stripe *Stripe }

var _ interface {
	Create(context.Context, User, string) (Customer, error)
	Find(context.Context, User) (Customer, bool, error)
} = Customers{}

// customer is the part of Stripe's customer that matters here.
type customer struct {
	answer
	ID       string            `json:"id"`
	Deleted  bool              `json:"deleted"`
	Created  int64             `json:"created"`
	Metadata map[string]string `json:"metadata"`
}

// customers is a page of them.
type customers struct {
	answer
	Data []customer `json:"data"`
}

// Create implements the Linker's interface. A replayed answer may be a day old,
// so it asks Stripe whether that customer still lives. An address that Stripe
// does not take must not keep anybody from paying: the customer goes without,
// and checkout asks for one. Refused parameters use no key up.
func (c Customers) Create(ctx context.Context, u User, key string) (Customer, error) {
	p := &stripe.CustomerParams{Metadata: map[string]string{subKey: u.Sub}}
	if u.Email != "" {
		p.Email = &u.Email
	}
	var out customer
	err := c.Stripe.call(ctx, request{method: http.MethodPost, path: "/v1/customers", params: p, key: key}, &out)
	if isEmailRefused(err) {
		p.Email = nil
		err = c.Stripe.call(ctx, request{method: http.MethodPost, path: "/v1/customers", params: p, key: key}, &out)
	}
	if err != nil {
		return Customer{}, createFailure(err)
	}
	if !out.replayed() {
		return Customer{ID: out.ID}, nil
	}
	return c.get(ctx, out.ID)
}

func isEmailRefused(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Status == http.StatusBadRequest && e.Param == "email"
}

// createFailure sorts out what a failed create means for its key.
func createFailure(err error) error {
	var e *APIError
	switch {
	case !errors.As(err, &e):
		return err
	case e.Status >= http.StatusInternalServerError:
		return errors.Join(ErrKeySpent, err)
	case e.Type == string(stripe.ErrorTypeIdempotency) && e.Status == http.StatusBadRequest:
		return errors.Join(ErrKeyMismatch, err)
	}
	return err
}

func (c Customers) get(ctx context.Context, id string) (Customer, error) {
	var out customer
	err := c.Stripe.call(ctx, request{method: http.MethodGet, path: "/v1/customers/" + id}, &out)
	return Customer{ID: out.ID, Deleted: out.Deleted}, err
}

// Find implements the Linker's interface. The list by e-mail is up to date but
// misses a customer whose e-mail has changed; search finds that one, though
// only about a minute after a change. Both are asked side by side. Of several,
// the oldest wins, so that everyone chooses alike.
func (c Customers) Find(ctx context.Context, u User) (Customer, bool, error) {
	var byEmail, bySub customers
	g, ctx := errgroup.WithContext(ctx)
	if u.Email != "" {
		g.Go(func() error {
			p := &stripe.CustomerListParams{Email: &u.Email}
			p.Limit = stripe.Int64(100)
			return c.Stripe.call(ctx, request{method: http.MethodGet, path: "/v1/customers", params: p}, &byEmail)
		})
	}
	g.Go(func() error {
		p := &stripe.CustomerSearchParams{}
		p.Query = "metadata['" + subKey + "']:'" + quote(u.Sub) + "'"
		return c.Stripe.call(ctx, request{method: http.MethodGet, path: "/v1/customers/search", params: p}, &bySub)
	})
	if err := g.Wait(); err != nil {
		return Customer{}, false, err
	}
	found, ok := oldest(slices.Concat(byEmail.Data, bySub.Data), u.Sub)
	return Customer{ID: found.ID}, ok, nil
}

// oldest returns the first made of those that live and carry the sub.
func oldest(all []customer, sub string) (customer, bool) {
	mine := slices.DeleteFunc(all, func(x customer) bool { return x.Deleted || x.Metadata[subKey] != sub })
	if len(mine) == 0 {
		return customer{}, false
	}
	return slices.MinFunc(mine, func(a, b customer) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), cmp.Compare(a.ID, b.ID))
	}), true
}

// quote escapes a value for Stripe's search language.
func quote(s string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s)
}
