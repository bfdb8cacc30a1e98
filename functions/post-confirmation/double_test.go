package main

import (
	"context"
	"sync/atomic"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/profile"
)

// counter stands for all that onboarding calls, and counts.
type counter struct{ runs *atomic.Int32 }

func (c counter) Create(_ context.Context, p profile.Profile) (profile.Profile, bool, error) {
	c.runs.Add(1)
	return p, true, nil
}

func (c counter) Promote(context.Context, string, string) (string, error) {
	c.runs.Add(1)
	return "", nil
}

func (c counter) Link(context.Context, billing.User) (string, error) {
	c.runs.Add(1)
	return "cus_1", nil
}

func (c counter) Set(context.Context, string, string, string) error {
	c.runs.Add(1)
	return nil
}

func (c counter) Send(context.Context, string) error {
	c.runs.Add(1)
	return nil
}
