package journey_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot/dynamotest"
)

// TestTriggersThatRunThreeTimesAtOnceLeaveOneOfEverything lets Cognito do what
// it does when an answer is late: run each trigger three times beside itself.
func TestTriggersThatRunThreeTimesAtOnceLeaveOneOfEverything(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	for _, trigger := range []cognitotest.Trigger{cognitotest.PreSignUp, cognitotest.PostConfirmation, cognitotest.CustomEmailSender} {
		l.Cognito.Overlap(trigger, 3)
	}
	const who = "triplet@example.com"
	p := l.register(s, b, who)
	var in tokens
	s.must("sign in", b, "signIn", ask{"who": who, "password": password}, &in)
	s.check("three uses at once", func() error { return l.useThrice(in.Access) })
	s.check("the welcome is delivered three times more", func() error { return l.welcomeAgain(p, 3) })
	// A welcome that was claimed by another run stays in the queue for minutes
	// before it is tried again, so the queue is not waited for.
	s.do("the welcome arrives", func() { l.wait("the welcome", func() bool { return l.welcomes(who) > 0 && l.idle() }) })
	s.check("there is one of everything", func() error { return l.whole(p) })
	s.check("there is one mail with a code", func() error {
		codes := 0
		for _, m := range l.mails(who) {
			if sixDigits.MatchString(m.Text) {
				codes++
			}
		}
		if codes != 1 {
			return fmt.Errorf("there are %d", codes)
		}
		return nil
	})
}

// sampleSub is the person of the sample events.
const sampleSub = "3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10"

// welcomeAgain hands the welcome of a person to its function, so many times at
// once: a queue delivers at least once.
func (l *local) welcomeAgain(p person, times int) error {
	l.t.Helper()
	text, err := os.ReadFile(filepath.Join(dynamotest.Root(l.t), "events", "welcome-email", "free.json"))
	if err != nil {
		return err
	}
	event := []byte(strings.ReplaceAll(string(text), sampleSub, p.sub))
	errs := make([]error, times)
	var wg sync.WaitGroup
	for i := range times {
		wg.Go(func() {
			res, err := l.Host.Invoke(l.t.Context(), "welcome-email", event)
			if err == nil && res.FunctionError != "" {
				err = fmt.Errorf("welcome-email: %s", res.ErrorMessage)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
