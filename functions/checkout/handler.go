package main

import (
	"context"
	"errors"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/rest"
)

// maxBody bounds the request: a tier and perhaps a code.
const maxBody = 4 << 10

// starter starts checkouts. billing.Checkout is one.
type starter interface {
	Start(ctx context.Context, who billing.Person, w billing.Wish) (billing.Session, error)
}

// started is the answer.
type started struct {
	SessionID string `json:"session_id"`
	URL       string `json:"url"`
}

// subscribed is the problem of a caller who has a subscription, with the way on.
type subscribed struct {
	rest.Problem
	PortalURL string `json:"portal_url,omitempty"`
}

// handler starts a checkout for the caller.
func handler(c starter) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		var w billing.Wish
		if err := r.Decode(&w, maxBody); err != nil {
			return rest.Response{}, err
		}
		x, err := c.Start(ctx, billing.Person{Sub: r.Caller.Sub, Username: r.Caller.Username}, w)
		var has *billing.AlreadySubscribed
		if errors.As(err, &has) {
			p, h := rest.ProblemOf(err, r.ID)
			return rest.Response{Status: p.Status, Header: h, Body: subscribed{p, has.PortalURL}}, nil
		}
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: started{x.ID, x.URL}}, nil
	}
}
