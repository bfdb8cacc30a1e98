package cognitotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest"
)

func TestTriggerFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		function      func(context.Context, object) error
		code, message string
		calls         int
	}{
		{
			name: "the function's own error is passed on with one full stop",
			function: func(context.Context, object) error {
				return &cognitotest.FunctionError{Type: "errorString", Message: "TOS_NOT_ACCEPTED"}
			},
			code: "UserLambdaValidationException", message: "PreSignUp failed with error TOS_NOT_ACCEPTED.", calls: 1,
		},
		{
			name:     "a full stop in the message is kept",
			function: func(context.Context, object) error { return &cognitotest.FunctionError{Type: "Error", Message: "No."} },
			code:     "UserLambdaValidationException", message: "PreSignUp failed with error No..", calls: 1,
		},
		{
			name: "a crash is unexpected",
			function: func(context.Context, object) error {
				return &cognitotest.FunctionError{Type: "Runtime.ExitError", Message: "Runtime exited with error: exit status 2"}
			},
			code: "UnexpectedLambdaException", message: "PreSignUp invocation failed due to error Runtime exited with error: exit status 2", calls: 1,
		},
		{
			name:     "a function that cannot be reached is tried three times",
			function: func(context.Context, object) error { return errors.New("TooManyRequestsException") },
			code:     "UnexpectedLambdaException", message: "PreSignUp invocation failed due to error TooManyRequestsException", calls: 3,
		},
		{
			name:     "text that is no event is refused",
			function: func(_ context.Context, e object) error { e["raw"] = "hello"; return nil },
			code:     "InvalidLambdaResponseException", message: "Unrecognizable lambda output", calls: 1,
		},
		{
			name: "a response without its event is refused",
			function: func(_ context.Context, e object) error {
				e["raw"] = `{"response":{"autoConfirmUser":true}}`
				return nil
			},
			code: "InvalidLambdaResponseException", message: "Unrecognizable lambda output", calls: 1,
		},
		{
			name:     "an event without a response is refused",
			function: func(_ context.Context, e object) error { delete(e, "response"); return nil },
			code:     "InvalidLambdaResponseException", message: "Unrecognizable lambda output", calls: 1,
		},
		{
			name:     "a flag that is not a flag is refused",
			function: func(_ context.Context, e object) error { e["response"] = object{"autoConfirmUser": "yes"}; return nil },
			code:     "InvalidLambdaResponseException", message: "Unrecognizable lambda output", calls: 1,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := newLambda()
			l.functions["PreSignUp"] = tt.function
			p := newPool(t, withLambda(l, cognitotest.PreSignUp))
			_, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String(email), Password: aws.String(password)})
			wantError(t, "SignUp", err, tt.code, tt.message)
			if n := len(l.seen("PreSignUp")); n != tt.calls {
				t.Errorf("the function ran %d times, want %d", n, tt.calls)
			}
			if _, found := p.server.User(email); found {
				t.Error("a user was created although the trigger failed")
			}
		})
	}
}

func TestTriggerTimeout(t *testing.T) {
	set := sharedKeys() // generated outside the bubble: its once is shared
	synctest.Test(t, func(t *testing.T) {
		l := newLambda()
		running := make(chan int, 3)
		l.functions["PreSignUp"] = func(ctx context.Context, _ object) error {
			running <- 1
			<-ctx.Done()
			return ctx.Err()
		}
		p := newPool(t, withLambda(l, cognitotest.PreSignUp), func(c *configuration) { c.Keys = &set })
		start := time.Now()
		_, err := p.SignUp(t.Context(), &cip.SignUpInput{ClientId: aws.String(clientID), Username: aws.String(email), Password: aws.String(password)})
		wantError(t, "SignUp", err, "UnexpectedLambdaException", "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.")
		if took := time.Since(start); took != 15*time.Second {
			t.Errorf("three attempts took %v, want 15s", took)
		}
		if n := len(running); n != 3 {
			t.Errorf("%d attempts run side by side, want 3: none is stopped when it is given up", n)
		}
		p.server.Close()
	})
}

func TestTriggerSlowThenFast(t *testing.T) {
	set := sharedKeys()
	synctest.Test(t, func(t *testing.T) {
		l := newLambda()
		calls := make(chan struct{}, 3)
		l.functions["PostConfirmation"] = func(ctx context.Context, _ object) error {
			calls <- struct{}{}
			if len(calls) > 1 {
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		p := newPool(t, withLambda(l, cognitotest.PostConfirmation), func(c *configuration) { c.Keys = &set })
		p.confirmed(t, email)
		if n := len(l.seen("PostConfirmation")); n != 2 {
			t.Errorf("the function ran %d times, want 2", n)
		}
		p.server.Close()
	})
}

func TestOverlap(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.PostConfirmation))
	p.server.Overlap(cognitotest.PostConfirmation, 3)
	p.confirmed(t, email)
	p.server.Close()
	if n := len(l.seen("PostConfirmation")); n != 3 {
		t.Errorf("the function ran %d times, want 3", n)
	}
}

func TestPostConfirmationFailureLeavesTheUserConfirmed(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.fail("PostConfirmation", "errorString", "boom")
	p := newPool(t, withLambda(l, cognitotest.PostConfirmation))
	p.signUp(t, email)
	in := &cip.ConfirmSignUpInput{ClientId: aws.String(clientID), Username: aws.String(email), ConfirmationCode: aws.String(p.inbox.code(t))}
	_, err := p.ConfirmSignUp(t.Context(), in)
	wantError(t, "ConfirmSignUp", err, "UserLambdaValidationException", "PostConfirmation failed with error boom.")
	_, err = p.ConfirmSignUp(t.Context(), in)
	wantError(t, "ConfirmSignUp again", err, "NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED")
	if n := len(l.seen("PostConfirmation")); n != 1 {
		t.Errorf("the trigger ran %d times, want 1: it is never run again", n)
	}
}

// asObject decodes JSON for a comparison with an event.
func asObject(t *testing.T, text string) object {
	t.Helper()
	out := object{}
	ok(t, "decode the wanted event", json.Unmarshal([]byte(text), &out))
	return out
}

// wantEvent compares a whole event; the generated parts are filled in first.
func wantEvent(t *testing.T, got object, want string) {
	t.Helper()
	if diff := cmp.Diff(asObject(t, want), got); diff != "" {
		t.Errorf("event differs (-want +got):\n%s", diff)
	}
}
