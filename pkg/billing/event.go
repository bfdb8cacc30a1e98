package billing

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"callanalyst/pkg/fault"
)

// ErrEvent reports a signed body that is no event. Stripe would not send one.
var ErrEvent = fault.New(fault.Invalid, "INVALID_BODY", "The body is not a Stripe event.")

// Event is the part of a Stripe event that is used: which one it is, and whom it
// may concern. What it says about its object is not: that is asked of Stripe,
// because events come late, twice and in any order.
type Event struct {
	ID       string
	Type     string
	Created  time.Time
	Livemode bool
	Object   string // id of the object it is about
	Customer string // id of the customer, "" when the event does not say
	Sub      string // the user, as the object's metadata has it; a hint only
	Charge   string // the disputed charge; "" for other events
}

// ParseEvent reads an event of any API version. Unknown types are no error.
func ParseEvent(body []byte) (Event, error) {
	var e struct {
		ID       string `json:"id"`
		Object   string `json:"object"`
		Type     string `json:"type"`
		Created  int64  `json:"created"`
		Livemode bool   `json:"livemode"`
		Data     struct {
			Object subject `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return Event{}, ErrEvent.With(errors.New("billing: event is not JSON of the expected shape"))
	}
	if !strings.HasPrefix(e.ID, "evt_") || len(e.ID) > 255 || e.Type == "" || len(e.Type) > 255 {
		return Event{}, ErrEvent.With(errors.New("billing: event has no id or no type"))
	}
	o := e.Data.Object
	return Event{
		ID: e.ID, Type: e.Type, Created: time.Unix(e.Created, 0).UTC(), Livemode: e.Livemode,
		Object: o.ID, Customer: o.customer(), Sub: o.sub(), Charge: o.Charge.ID,
	}, nil
}

// subject is the object of an event, whatever its kind.
type subject struct {
	ID        string   `json:"id"`
	Kind      string   `json:"object"`
	Customer  ref      `json:"customer"`
	Charge    ref      `json:"charge"`
	Reference string   `json:"client_reference_id"`
	Metadata  metadata `json:"metadata"`
	Details   struct {
		Metadata metadata `json:"metadata"`
	} `json:"subscription_details"` // of an invoice
	Parent struct {
		Details struct {
			Metadata metadata `json:"metadata"`
		} `json:"subscription_details"` // of an invoice since 2025-03-31
	} `json:"parent"`
}

func (o subject) customer() string {
	if o.Kind == "customer" {
		return o.ID
	}
	return o.Customer.ID
}

func (o subject) sub() string {
	for _, s := range []string{o.Metadata.Sub, o.Reference, o.Details.Metadata.Sub, o.Parent.Details.Metadata.Sub} {
		if s != "" {
			return s
		}
	}
	return ""
}

// metadata is the part of an object's metadata that this project writes.
type metadata struct {
	Sub      string `json:"cognito_sub"`
	Disputed string `json:"disputed"` // id of the open dispute
	Tier     string `json:"tier"`     // of a price
}

// ref is another object: its id, or the object itself where it was expanded.
type ref struct{ ID string }

// UnmarshalJSON implements json.Unmarshaler.
func (r *ref) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &r.ID)
	}
	var o struct {
		ID string `json:"id"`
	}
	err := json.Unmarshal(b, &o)
	r.ID = o.ID
	return err
}

// concern says what an event type means here.
type concern int

const (
	nothing  concern = iota // acknowledged, no more
	standing                // the customer's subscriptions may have changed
	refund                  // a charge was given back
	dispute                 // a charge is disputed, or no longer
)

// EventTypes returns the types that the webhook endpoint in Stripe is to
// subscribe to. Others are acknowledged and nothing more.
func EventTypes() []string {
	return []string{
		"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
		"checkout.session.expired",
		"customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted",
		"customer.subscription.paused", "customer.subscription.resumed", "customer.subscription.trial_will_end",
		"customer.subscription.pending_update_applied", "customer.subscription.pending_update_expired",
		"invoice.paid", "invoice.payment_failed", "invoice.payment_action_required",
		"customer.deleted", "entitlements.active_entitlement_summary.updated",
		"charge.refunded", "charge.dispute.created", "charge.dispute.closed",
	}
}

// concernOf sorts an event type.
func concernOf(kind string) concern {
	switch {
	case kind == "charge.refunded":
		return refund
	case strings.HasPrefix(kind, "charge.dispute.") && slices.Contains(EventTypes(), kind):
		return dispute
	case slices.Contains(EventTypes(), kind):
		return standing
	}
	return nothing
}
