package main

import (
	"context"
	"net/netip"
	"strings"

	"callanalyst/pkg/rest"
)

const (
	maxBody  = 1 << 10 // an address
	maxEmail = 254     // what SMTP allows
)

// asked is the request's body.
type asked struct {
	Email string `json:"email"`
}

// status is the answer for every address but one whose mail comes back, which is
// the problem EMAIL_UNDELIVERABLE.
type status struct {
	Deliverable bool `json:"deliverable"`
}

// question answers whether mail arrives. suppress.Question does.
type question interface {
	Ask(ctx context.Context, asker netip.Addr, address string) error
}

// handler asks about the body's address.
func handler(q question) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		var in asked
		if err := r.Decode(&in, maxBody); err != nil {
			return rest.Response{}, err
		}
		if at := strings.LastIndexByte(in.Email, '@'); at < 1 || at == len(in.Email)-1 || len(in.Email) > maxEmail {
			return rest.Response{}, rest.ErrField.Because("The field email must be an e-mail address.")
		}
		if err := q.Ask(ctx, r.Visitor(), in.Email); err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: status{true}}, nil
	}
}
