package journey_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/stacks/local/stack"
)

// TestSignUpIsRefused meets everything that stops a registration, in the words
// that reach the client, and finds nothing left behind.
func TestSignUpIsRefused(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	const who = "eve@example.com"
	stale := map[string]string{"tos_accepted": "true", "tos_version": "2024-01-01"}
	unticked := map[string]string{"tos_accepted": "false", "tos_version": "2026-06-01"}
	const refusedBy = "UserLambdaValidationException"

	s.refused("sign up without the terms", b, "signUp", ask{"who": who, "password": password}, refusedBy, "PreSignUp failed with error TOS_NOT_ACCEPTED")
	s.refused("sign up with the terms not accepted", b, "signUp", ask{"who": who, "password": password, "metadata": unticked}, refusedBy, "PreSignUp failed with error TOS_NOT_ACCEPTED")
	s.refused("sign up with old terms", b, "signUp", ask{"who": who, "password": password, "metadata": stale}, refusedBy, "PreSignUp failed with error TOS_VERSION_STALE")
	s.refused("sign up with a weak password", b, "signUp", ask{"who": who, "password": "short", "metadata": terms}, "InvalidPasswordException", "Password did not conform with policy")
	s.refused("sign up with a customer of one's choice", b, "signUp",
		ask{"who": who, "password": password, "metadata": terms, "attributes": map[string]string{"custom:stripe_customer_id": "cus_rich"}},
		"NotAuthorizedException", "unauthorized attribute")
	l.settled()
	s.check("nothing is left behind", func() error {
		if users, mails, customers := len(l.Cognito.Users()), len(l.mails(who)), l.newCustomers(); users+mails+customers > 0 {
			return fmt.Errorf("%d users, %d mails and %d customers", users, mails, customers)
		}
		return nil
	})
}

// TestCodesAreRefused tries wrong, spent, replaced and expired codes.
func TestCodesAreRefused(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	const who, mismatch, expired = "mallory@example.com", "Invalid verification code provided, please try again.", "Invalid code provided, please request a code again."

	s.must("sign up", b, "signUp", ask{"who": who, "password": password, "metadata": terms}, nil)
	first := l.code(who, 1)
	s.refused("sign in before the confirmation", b, "signIn", ask{"who": who, "password": password}, "UserNotConfirmedException", "User is not confirmed.")
	s.refused("confirm with a wrong code", b, "confirm", ask{"who": who, "code": other(first)}, "CodeMismatchException", mismatch)
	s.must("ask for another code", b, "resend", ask{"who": who}, nil)
	second := l.code(who, 2)
	if first != second {
		s.refused("confirm with the replaced code", b, "confirm", ask{"who": who, "code": first}, "CodeMismatchException", mismatch)
	}
	s.do("let a day pass", l.expireCodes)
	s.refused("confirm with the code of yesterday", b, "confirm", ask{"who": who, "code": second}, "ExpiredCodeException", expired)
	s.must("ask for one more", b, "resend", ask{"who": who}, nil)
	s.must("confirm with it", b, "confirm", ask{"who": who, "code": l.code(who, 3)}, nil)
	s.refused("confirm once more", b, "confirm", ask{"who": who, "code": l.code(who, 3)}, "NotAuthorizedException", "Current status is CONFIRMED")
	s.refused("sign up with a taken address", b, "signUp", ask{"who": who, "password": password, "metadata": terms}, "UsernameExistsException", "already exists")

	s.must("forget the password", b, "forgot", ask{"who": who}, nil)
	reset := l.code(who, 4)
	s.refused("reset with a wrong code", b, "reset", ask{"who": who, "code": other(reset), "password": password}, "CodeMismatchException", mismatch)
	s.must("reset with the code", b, "reset", ask{"who": who, "code": reset, "password": "Another-Horse-8!"}, nil)
	s.refused("reset with the spent code", b, "reset", ask{"who": who, "code": reset, "password": password}, "ExpiredCodeException", expired)
}

// other is a code that is not this one.
func other(code string) string {
	if code == "123456" {
		return "654321"
	}
	return "123456"
}

// expireCodes turns back the end of every code that is out.
func (l *local) expireCodes() {
	l.t.Helper()
	l.reshape(func(user map[string]any) {
		codes, _ := user["codes"].(map[string]any)
		for _, c := range codes {
			if code, ok := c.(map[string]any); ok {
				code["expires"] = time.Now().Add(-time.Second)
			}
		}
	})
}

// reshape changes every user of the pool by way of its snapshot.
func (l *local) reshape(change func(user map[string]any)) {
	l.t.Helper()
	text, err := l.Cognito.Snapshot()
	if err != nil {
		l.t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(text, &state); err != nil {
		l.t.Fatal(err)
	}
	users, _ := state["users"].([]any)
	for _, u := range users {
		if user, ok := u.(map[string]any); ok {
			change(user)
		}
	}
	if text, err = json.Marshal(state); err != nil {
		l.t.Fatal(err)
	}
	if err := l.Cognito.Restore(text); err != nil {
		l.t.Fatal(err)
	}
}

// TestWhoNeverSawTheTermsMeetsThemAtTheAPI signs in as a person whom an operator
// created: no client ever showed the terms.
func TestWhoNeverSawTheTermsMeetsThemAtTheAPI(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	s := newSteps(t)
	operator := cognito.New(cognito.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(l.URL("aws")), Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	const who = "invited@example.com"
	s.do("an operator creates the user", func() {
		_, err := operator.AdminCreateUser(t.Context(), &cognito.AdminCreateUserInput{
			UserPoolId: aws.String(stack.PoolID), Username: aws.String(who),
			UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(who)}, {Name: aws.String("email_verified"), Value: aws.String("true")}},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	s.do("the invitation arrives", func() { l.wait("the invitation", func() bool { return len(l.mails(who)) == 1 }) })
	user, _ := l.Cognito.User(who)
	access, _, err := l.Cognito.Issue(user.Sub)
	if err != nil {
		t.Fatal(err)
	}
	s.check("the API asks for the terms", func() error { return refusedBy(l.profile(access), 403, "TOS_REQUIRED") })
	s.check("and for a token", func() error { return refusedBy(l.profile(""), 401, "TOKEN_MISSING") })
	s.check("no customer was made", func() error {
		if n := l.newCustomers(); n != 0 {
			return fmt.Errorf("there are %d", n)
		}
		return nil
	})
}
