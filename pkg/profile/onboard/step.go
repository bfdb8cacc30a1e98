package onboard

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

const (
	// patience bounds the work where the deadline would allow more: Cognito's
	// five seconds began before this process did, if it had to be started.
	patience = 3500 * time.Millisecond
	// reserve is kept free before the deadline, to answer in.
	reserve = 500 * time.Millisecond
	// grace is how long a step may take to notice that the time is up.
	grace = 20 * time.Millisecond
)

// step names one piece of the work: in the log, by the code that operators look
// up, and in the metric that counts its failures.
type step struct{ name, code, metric string }

// The steps. stepEvent and stepAll are what can go wrong outside of any.
var (
	stepEvent    = step{"event", "EVENT_MALFORMED", "EventMalformed"}
	stepAll      = step{"all", "ONBOARDING_CUT_OFF", "OnboardingCutOff"}
	stepProfile  = step{"profile", "PROFILE_PENDING", "ProfilePending"}
	stepConsent  = step{"consent", "CONSENT_PENDING", "ConsentPending"}
	stepCustomer = step{"customer", "CUSTOMER_PENDING", "CustomerPending"}
	stepMirror   = step{"mirror", "MIRROR_PENDING", "MirrorPending"}
	stepWelcome  = step{"welcome", "WELCOME_LOST", "WelcomeLost"}
)

// step runs do and reports whether it went well. A panic is a failure like any
// other: on a goroutine of its own it would end the process, and Cognito would
// show that to the user.
func (o *Onboarding) step(ctx context.Context, u User, s step, do func(context.Context, User) error) (ok bool) {
	sub := u.Attributes["sub"]
	defer func() {
		if r := recover(); r != nil {
			o.report(ctx, s, sub, fmt.Errorf("onboard: panic: %v", r))
			ok = false
		}
	}()
	if err := do(ctx, u); err != nil {
		o.report(ctx, s, sub, err)
		return false
	}
	return true
}

// report writes the failure of one step.
func (o *Onboarding) report(ctx context.Context, s step, sub string, err error) {
	o.Log.ErrorContext(ctx, "onboarding step failed", append(boot.Count(o.Now(), s.metric, 1),
		"code", s.code, "step", s.name, "cause", fault.Of(err).Code, "sub", sub, "error", err)...)
}

// budget is the time for the work: what is left until the deadline less the
// reserve, which shrinks where little is left.
func budget(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return patience
	}
	left := time.Until(deadline)
	return min(patience, left-min(reserve, left/4))
}

// together starts the tasks side by side, none of which ends another, and
// returns a channel that closes when all have ended.
func together(tasks ...func()) <-chan struct{} {
	var g errgroup.Group
	for _, task := range tasks {
		g.Go(func() error {
			task()
			return nil
		})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = g.Wait() // tasks report for themselves
	}()
	return ended
}

// within reports whether all ended before the time was up, or soon after: a
// step that does not heed its context must not keep the answer from Cognito.
func within(ctx context.Context, ended <-chan struct{}) bool {
	select {
	case <-ended:
		return true
	case <-ctx.Done():
	}
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-ended:
		return true
	case <-t.C:
		return false
	}
}
