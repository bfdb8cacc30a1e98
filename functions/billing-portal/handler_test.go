package main

import (
	"context"
	"errors"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/rest"
)

type open func(billing.Person) (string, error)

func (o open) Open(_ context.Context, who billing.Person) (string, error) { return o(who) }

func TestThePortalIsTheCallers(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	tests := []struct {
		name string
		url  string
		err  error
	}{{name: "opened", url: "https://billing.stripe.com/p/1"}, {name: "not opened", err: down}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked billing.Person
			h := handler(open(func(who billing.Person) (string, error) { asked = who; return tt.url, tt.err }))
			out, err := h(t.Context(), &rest.Request{Caller: auth.Caller{Sub: "u1", Username: "n1"}, Body: []byte(`{"customer":"cus_2"}`)})
			if !errors.Is(err, tt.err) {
				t.Fatalf("error = %v, want %v", err, tt.err)
			}
			if asked != (billing.Person{Sub: "u1", Username: "n1"}) {
				t.Errorf("opened for %+v", asked)
			}
			if tt.err == nil && out.Body != (opened{tt.url}) {
				t.Errorf("answer = %+v, want %s", out.Body, tt.url)
			}
		})
	}
}
