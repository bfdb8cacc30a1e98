// Command account-delete-resume ends the deletions that account-delete began and
// did not end: it hears of each before the first step, and tries until nothing of
// the account is left.
package main

import (
	"context"

	"callanalyst/pkg/account/leave"
	"callanalyst/pkg/boot"
)

func main() { boot.Main("account-delete-resume", wire) }

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	d, err := leave.Open(ctx, p)
	if err != nil {
		return nil, err
	}
	return handler(d, p.Log), nil
}
