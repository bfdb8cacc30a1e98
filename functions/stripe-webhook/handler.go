package main

import (
	"context"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/rest"
)

// receiver takes deliveries. billing.Receiver is one.
type receiver interface {
	Receive(ctx context.Context, signature string, body []byte) (billing.Receipt, error)
}

// handler hands the delivery on, byte for byte: the signature is over the raw
// body. Any error makes Stripe deliver again.
func handler(r receiver) rest.Handler {
	return func(ctx context.Context, in *rest.Request) (rest.Response, error) {
		receipt, err := r.Receive(ctx, in.Header.Get("Stripe-Signature"), in.Body)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: receipt}, nil
	}
}
