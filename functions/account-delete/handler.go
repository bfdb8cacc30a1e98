package main

import (
	"context"

	"callanalyst/pkg/account"
	"callanalyst/pkg/rest"
)

// deleter deletes accounts. account.Deleter is one.
type deleter interface {
	Delete(ctx context.Context, p account.Person) error
}

// deleted is the answer, also to whoever asks again.
type deleted struct {
	Deleted bool `json:"deleted"`
}

// handler deletes the caller's account. Whom it is about the token alone says.
func handler(d deleter) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		if err := d.Delete(ctx, account.Person{Sub: r.Caller.Sub, Username: r.Caller.Username}); err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: deleted{true}}, nil
	}
}
