package billing

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/entitlement"
)

// Standing is what Stripe says of a customer at one moment.
type Standing struct {
	Subscriptions []entitlement.Subscription
	Sub           string    // the user, as the subscriptions' metadata has it; "" when they disagree or say nothing
	At            time.Time // Stripe's own time of the answer
	Strange       []string  // ids of prices that are paid but belong to no plan
}

// subscription is the part of Stripe's subscription that matters here. The
// period's end is at the top in API version 2023-10-16 and on the items in later
// ones; both are read.
type subscription struct {
	answer
	ID                string   `json:"id"`
	Status            string   `json:"status"`
	Customer          ref      `json:"customer"`
	Created           int64    `json:"created"`
	Metadata          metadata `json:"metadata"`
	CancelAtPeriodEnd bool     `json:"cancel_at_period_end"`
	CancelAt          int64    `json:"cancel_at"`
	PeriodStart       int64    `json:"current_period_start"`
	PeriodEnd         int64    `json:"current_period_end"`
	LatestInvoice     ref      `json:"latest_invoice"`
	Items             struct {
		Data []struct {
			PeriodStart int64 `json:"current_period_start"`
			PeriodEnd   int64 `json:"current_period_end"`
			Price       price `json:"price"`
		} `json:"data"`
	} `json:"items"`
}

// price is the part of Stripe's price that matters here.
type price struct {
	ID        string   `json:"id"`
	LookupKey string   `json:"lookup_key"`
	Metadata  metadata `json:"metadata"`
}

// list is one page of Stripe's objects.
type list[T any] struct {
	answer
	Data    []T  `json:"data"`
	HasMore bool `json:"has_more"`
}

// Standing asks Stripe for all subscriptions of a customer, in every state.
func (s *Stripe) Standing(ctx context.Context, customerID string) (Standing, error) {
	var out Standing
	var all []subscription
	p := &stripe.SubscriptionListParams{Customer: &customerID, Status: stripe.String("all")}
	p.Limit = stripe.Int64(100)
	for {
		var page list[subscription]
		if err := s.call(ctx, request{method: http.MethodGet, path: "/v1/subscriptions", params: p}, &page); err != nil {
			return Standing{}, err
		}
		if all == nil {
			out.At = page.date()
		}
		all = append(all, page.Data...)
		if !page.HasMore || len(page.Data) == 0 {
			break
		}
		p.StartingAfter = &page.Data[len(page.Data)-1].ID
	}
	unpaid, err := s.unpaid(ctx, all)
	if err != nil {
		return Standing{}, err
	}
	out.add(all, unpaid)
	return out, nil
}

// add turns Stripe's subscriptions into the domain's.
func (st *Standing) add(all []subscription, unpaid map[string]int64) {
	subs := map[string]bool{}
	for _, x := range all {
		s, strange := x.domain(unpaid[x.ID])
		st.Subscriptions = append(st.Subscriptions, s)
		if strange != "" {
			st.Strange = append(st.Strange, strange)
		}
		if x.Metadata.Sub != "" {
			subs[x.Metadata.Sub] = true
			st.Sub = x.Metadata.Sub
		}
	}
	if len(subs) > 1 {
		st.Sub = ""
	}
}

// domain is the subscription in entitlement's words, and the id of a price that
// is being paid but buys nothing.
func (x subscription) domain(unpaidSince int64) (s entitlement.Subscription, strange string) {
	start, end := x.period()
	s = entitlement.Subscription{
		ID: x.ID, Status: entitlement.Status(x.Status), Created: moment(x.Created), CurrentPeriodEnd: moment(end),
		CancelAt: moment(x.CancelAt), Disputed: x.Metadata.Disputed != "",
	}
	if x.CancelAtPeriodEnd && x.CancelAt == 0 {
		s.CancelAt = s.CurrentPeriodEnd
	}
	if s.Status == entitlement.PastDue {
		s.UnpaidSince = moment(unpaidSince)
		if unpaidSince == 0 {
			s.UnpaidSince = moment(start)
		}
	}
	for _, item := range x.Items.Data {
		plan, ok := planOf(item.Price)
		if !ok && s.Status.Access() != entitlement.Denied {
			strange = item.Price.ID
		}
		if plan.Tier.Rank() > s.Tier.Rank() {
			s.Tier = plan.Tier
		}
	}
	return s, strange
}

func planOf(p price) (entitlement.Plan, bool) {
	return entitlement.PlanFor(entitlement.Price{ID: p.ID, LookupKey: p.LookupKey, Tier: entitlement.Tier(p.Metadata.Tier)})
}

// period returns the current period, from wherever this API version keeps it.
func (x subscription) period() (start, end int64) {
	start, end = x.PeriodStart, x.PeriodEnd
	for _, item := range x.Items.Data {
		start, end = max(start, item.PeriodStart), max(end, item.PeriodEnd)
	}
	return start, end
}

// unpaid returns, for each subscription that is past due, when the oldest invoice
// that is still open was made. The period alone does not tell: where dunning
// leaves a subscription past due, a new period begins every month.
func (s *Stripe) unpaid(ctx context.Context, all []subscription) (map[string]int64, error) {
	late := slices.Collect(func(yield func(string) bool) {
		for _, x := range all {
			if x.Status == string(entitlement.PastDue) && !yield(x.ID) {
				return
			}
		}
	})
	since := make([]int64, len(late))
	g, ctx := errgroup.WithContext(ctx)
	for i, id := range late {
		g.Go(func() (err error) {
			since[i], err = s.oldestOpen(ctx, id)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for i, id := range late {
		out[id] = since[i]
	}
	return out, nil
}

func (s *Stripe) oldestOpen(ctx context.Context, subscriptionID string) (int64, error) {
	p := &stripe.InvoiceListParams{Subscription: &subscriptionID, Status: stripe.String("open")}
	p.Limit = stripe.Int64(100)
	var page list[struct {
		Created int64 `json:"created"`
	}]
	if err := s.call(ctx, request{method: http.MethodGet, path: "/v1/invoices", params: p}, &page); err != nil {
		return 0, err
	}
	var oldest int64
	for _, inv := range page.Data {
		if oldest == 0 || inv.Created < oldest {
			oldest = inv.Created
		}
	}
	return oldest, nil
}

// date is Stripe's time of an answer, zero when it does not say. Subscriptions
// are judged by it rather than by our clock: it is the clock that made their
// times, and a test clock moves it.
func (a *answer) date() time.Time {
	if a.LastResponse == nil {
		return time.Time{}
	}
	t, err := http.ParseTime(a.LastResponse.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

func moment(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}
