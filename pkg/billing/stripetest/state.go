package stripetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// state is all that an account remembers. It is plain data, so that a snapshot
// is its JSON.
type state struct {
	Seq       int           `json:"seq"`
	Advanced  time.Duration `json:"advanced"`
	Settings  Settings      `json:"settings"`
	Endpoints []*Endpoint   `json:"endpoints"`

	Customers     shelf[Customer]      `json:"customers"`
	Products      shelf[Product]       `json:"products"`
	Prices        shelf[Price]         `json:"prices"`
	Coupons       shelf[Coupon]        `json:"coupons"`
	Promotions    shelf[PromotionCode] `json:"promotions"`
	Sessions      shelf[Session]       `json:"sessions"`
	Portals       shelf[Portal]        `json:"portals"`
	Subscriptions shelf[Subscription]  `json:"subscriptions"`
	Invoices      shelf[Invoice]       `json:"invoices"`
	Charges       shelf[Charge]        `json:"charges"`
	Refunds       shelf[Refund]        `json:"refunds"`
	Disputes      shelf[Dispute]       `json:"disputes"`

	Events     shelf[Event]       `json:"events"`
	Deliveries []*Delivery        `json:"deliveries"`
	Answers    map[string]*answer `json:"answers"`
}

func newState() state {
	return state{
		Customers: shelf[Customer]{}, Products: shelf[Product]{}, Prices: shelf[Price]{}, Coupons: shelf[Coupon]{},
		Promotions: shelf[PromotionCode]{}, Sessions: shelf[Session]{}, Portals: shelf[Portal]{},
		Subscriptions: shelf[Subscription]{}, Invoices: shelf[Invoice]{}, Charges: shelf[Charge]{},
		Refunds: shelf[Refund]{}, Disputes: shelf[Dispute]{}, Events: shelf[Event]{},
		Answers: map[string]*answer{},
	}
}

// entry is what every stored object begins with.
type entry struct {
	ID      string `json:"id"`
	Created int64  `json:"created"` // Unix seconds
	Seq     int    `json:"seq"`     // order of creation, finer than Created
}

func (e entry) seq() int { return e.Seq }

// entry returns the beginning of a new object.
func (s *Server) entry(prefix string) entry {
	s.st.Seq++
	return entry{ID: s.id(prefix), Created: s.now().Unix(), Seq: s.st.Seq}
}

// shelf holds the objects of one kind by id.
type shelf[T any] map[string]*T

// newest returns the objects that keep accepts, the newest first, as Stripe's
// lists are.
func newest[T any, P interface {
	*T
	seq() int
}](all shelf[T], keep func(*T) bool) []*T {
	out := slices.Collect(func(yield func(*T) bool) {
		for x := range maps.Values(all) {
			if keep(x) && !yield(x) {
				return
			}
		}
	})
	slices.SortFunc(out, func(a, b *T) int { return cmp.Compare(P(b).seq(), P(a).seq()) })
	return out
}

// Snapshot returns the whole account as JSON.
func (s *Server) Snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := json.Marshal(s.st)
	if err != nil {
		return nil, fmt.Errorf("stripetest: snapshot: %w", err)
	}
	return b, nil
}

// Restore replaces the account by a snapshot.
func (s *Server) Restore(snapshot []byte) error {
	st := newState()
	if err := json.Unmarshal(snapshot, &st); err != nil {
		return fmt.Errorf("stripetest: restore: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.st = st
	return nil
}

// Add puts the objects of a part of a snapshot into the account, beside those
// that are there.
func (s *Server) Add(part []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := json.Unmarshal(part, &s.st); err != nil {
		return fmt.Errorf("stripetest: add: %w", err)
	}
	return nil
}
