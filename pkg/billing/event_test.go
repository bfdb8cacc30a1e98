package billing_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing"
)

func TestParseEvent(t *testing.T) {
	t.Parallel()
	at := time.Unix(1800000000, 0).UTC()
	wrap := func(kind, object string) string {
		return `{"id":"evt_1","object":"event","api_version":"2026-08-26.dahlia","created":1800000000,"livemode":false,"type":"` + kind + `","data":{"object":` + object + `}}`
	}
	tests := []struct {
		name string
		body string
		want billing.Event
		bad  bool
	}{
		{
			name: "a subscription", body: wrap("customer.subscription.updated", `{"id":"sub_1","object":"subscription","customer":"cus_1","metadata":{"cognito_sub":"u1"}}`),
			want: billing.Event{Object: "sub_1", Customer: "cus_1", Sub: "u1"},
		},
		{
			name: "a customer that was expanded", body: wrap("customer.subscription.updated", `{"id":"sub_1","object":"subscription","customer":{"id":"cus_1","object":"customer"}}`),
			want: billing.Event{Object: "sub_1", Customer: "cus_1"},
		},
		{
			name: "a customer itself", body: wrap("customer.deleted", `{"id":"cus_1","object":"customer","metadata":{"cognito_sub":"u1"}}`),
			want: billing.Event{Object: "cus_1", Customer: "cus_1", Sub: "u1"},
		},
		{
			name: "a session names the user by its reference", body: wrap("checkout.session.completed", `{"id":"cs_1","object":"checkout.session","customer":"cus_1","client_reference_id":"u1","metadata":{}}`),
			want: billing.Event{Object: "cs_1", Customer: "cus_1", Sub: "u1"},
		},
		{
			name: "an invoice of 2023-10-16", body: wrap("invoice.paid", `{"id":"in_1","object":"invoice","customer":"cus_1","subscription":"sub_1","subscription_details":{"metadata":{"cognito_sub":"u1"}},"metadata":null}`),
			want: billing.Event{Object: "in_1", Customer: "cus_1", Sub: "u1"},
		},
		{
			name: "an invoice of 2025-03-31 and later", body: wrap("invoice.paid", `{"id":"in_1","object":"invoice","customer":"cus_1","parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_1","metadata":{"cognito_sub":"u1"}}}}`),
			want: billing.Event{Object: "in_1", Customer: "cus_1", Sub: "u1"},
		},
		{
			name: "a dispute has a charge and no customer", body: wrap("charge.dispute.created", `{"id":"dp_1","object":"dispute","charge":"ch_1","metadata":{}}`),
			want: billing.Event{Object: "dp_1", Charge: "ch_1"},
		},
		{name: "nulls everywhere", body: wrap("invoice.paid", `{"id":"in_1","object":"invoice","customer":null,"charge":null,"metadata":null,"parent":null,"subscription_details":null}`), want: billing.Event{Object: "in_1"}},
		{name: "no JSON", body: `evt_1`, bad: true},
		{name: "an array", body: `[]`, bad: true},
		{name: "no id", body: `{"type":"invoice.paid"}`, bad: true},
		{name: "an id of something else", body: `{"id":"cus_1","type":"invoice.paid"}`, bad: true},
		{name: "no type", body: `{"id":"evt_1"}`, bad: true},
		{name: "an id without end", body: `{"id":"evt_` + strings.Repeat("1", 300) + `","type":"invoice.paid"}`, bad: true},
		{name: "numbers for texts", body: wrap("invoice.paid", `{"id":1,"object":2,"customer":3}`), bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := billing.ParseEvent([]byte(tt.body))
			if tt.bad {
				if !errors.Is(err, billing.ErrEvent) {
					t.Errorf("ParseEvent(%.100s) = %+v, %v, want %v", tt.body, got, err, billing.ErrEvent)
				}
				return
			}
			tt.want.ID, tt.want.Created = "evt_1", at
			got.Type = ""
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("ParseEvent(%s): %v (-want +got):\n%s", tt.body, err, diff)
			}
		})
	}
}

func FuzzParseEvent(f *testing.F) {
	for _, seed := range []string{
		`{"id":"evt_1","type":"invoice.paid","created":1,"data":{"object":{"id":"in_1","customer":{"id":"cus_1"}}}}`,
		`{"id":"evt_1","type":"x","data":null}`, `{"id":"evt_1","type":"x","data":{"object":[]}}`, `{`, `{"id":"evt_1","type":"x","created":1e300}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := billing.ParseEvent(body)
		if err == nil && (!strings.HasPrefix(e.ID, "evt_") || e.Type == "" || len(e.ID) > 255) {
			t.Errorf("ParseEvent(%q) = %+v", body, e)
		}
		if err != nil && !errors.Is(err, billing.ErrEvent) {
			t.Errorf("ParseEvent(%q) error = %v", body, err)
		}
	})
}
