package journey_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/migration"
	"callanalyst/stacks/local/stack"
)

// town is a fleet with a browser and an operator.
type town struct {
	*local
	b        *browser
	s        *steps
	operator *cognito.Client
}

func newTown(t *testing.T) *town {
	t.Helper()
	l := startFleet(t, nil)
	return &town{local: l, b: l.browser(), s: newSteps(t), operator: cognito.New(cognito.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(l.URL("aws")), Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})}
}

// joined makes a user who has signed up and entered the code, and returns the sub.
func (w *town) joined(who string) string { return w.register(w.s, w.b, who).sub }

// unconfirmed makes a user who has signed up and entered nothing.
func (w *town) unconfirmed(who string) string {
	var up struct{ Sub string }
	w.s.must("sign up", w.b, "signUp", ask{"who": who, "password": password, "metadata": terms}, &up)
	return up.Sub
}

// invited makes a user whom an operator has invited.
func (w *town) invited(who string) string {
	w.t.Helper()
	out, err := w.operator.AdminCreateUser(w.t.Context(), &cognito.AdminCreateUserInput{
		UserPoolId: aws.String(stack.PoolID), Username: &who,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &who}, {Name: aws.String("email_verified"), Value: aws.String("true")}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return aws.ToString(out.User.Username)
}

// came makes a user who has come by a provider.
func (w *town) came(a account) {
	w.t.Helper()
	if _, err := w.federate(a); err != nil {
		w.t.Fatalf("a first sign-in with %s: %v", a.provider, err)
	}
}

// users counts the pool's users with an address.
func (w *town) users(who string) (n int) {
	for _, u := range w.Cognito.Users() {
		if strings.EqualFold(u.Attributes["email"], who) {
			n++
		}
	}
	return n
}

// TestOneAddressComesByTwoWays goes through the policy's table in docs/migration.md
// row by row, on the pool's own pages: who came first, who comes now, and what
// becomes of it.
func TestOneAddressComesByTwoWays(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	old := func(confirmed bool) func(who string) string { // as a snapshot leaves them
		return func(who string) string {
			rows := migration.Rows{DB: dynamotest.NewClient(w.URL("aws")), Table: "legacy_users", Now: time.Now}
			if _, err := rows.Remember(t.Context(), who, migration.Legacy{ID: "old-" + who, Confirmed: confirmed}); err != nil {
				t.Fatal(err)
			}
			return ""
		}
	}
	apple := func(who string) account { return account{cognitotest.ProviderApple, who, true} }
	byPassword := func(who string) error {
		return w.b.try("signUp", ask{"who": who, "password": password, "metadata": terms}, nil)
	}
	byGoogle := func(who string) error { _, err := w.federate(atGoogle(who)); return err }
	tests := []struct {
		name   string
		first  func(who string) (sub string)
		now    func(who string) error
		says   string // "" lets them in
		linked bool   // as the user who was first
		users  int    // with the address, afterwards
	}{
		{name: "Google does not vouch for the address", now: func(who string) error {
			_, err := w.federate(account{cognitotest.ProviderGoogle, who, false})
			return err
		}, says: "PROVIDER_EMAIL_UNVERIFIED"},
		{name: "Google and nobody", now: byGoogle, users: 1},
		{name: "Google and a user of the old system", first: old(true), now: byGoogle, users: 1},
		{name: "Google and a confirmed user", first: w.joined, now: byGoogle, linked: true, users: 1},
		{name: "Google and one who signed up in advance", first: w.unconfirmed, now: byGoogle, says: "LINK_REFUSED", users: 1},
		{name: "Google and one whom an operator confirmed without the address", first: func(who string) string {
			sub := w.unconfirmed(who)
			_, err := w.operator.AdminConfirmSignUp(t.Context(), &cognito.AdminConfirmSignUpInput{UserPoolId: aws.String(stack.PoolID), Username: &sub})
			if err != nil {
				t.Fatal(err)
			}
			return sub
		}, now: byGoogle, says: "LINK_REFUSED", users: 1},
		{name: "Google and one who must choose a new password", first: func(who string) string {
			sub := w.joined(who)
			w.reshape(func(user map[string]any) {
				if user["username"] == sub {
					user["status"] = "RESET_REQUIRED"
				}
			})
			return sub
		}, now: byGoogle, says: "LINK_REFUSED", users: 1},
		{name: "Google and an invited user", first: w.invited, now: byGoogle, says: "LINK_REFUSED", users: 1},
		{name: "Google and a disabled user", first: func(who string) string {
			sub := w.joined(who)
			_, err := w.operator.AdminDisableUser(t.Context(), &cognito.AdminDisableUserInput{UserPoolId: aws.String(stack.PoolID), Username: &sub})
			if err != nil {
				t.Fatal(err)
			}
			return sub
		}, now: byGoogle, says: "ACCOUNT_DISABLED", users: 1},
		{name: "Apple and one who came by Google", first: func(who string) string { w.came(atGoogle(who)); return "" },
			now: func(who string) error { _, err := w.federate(apple(who)); return err }, says: "EMAIL_EXISTS_FEDERATED", users: 1},
		{name: "Google and one who came by Apple", first: func(who string) string { w.came(apple(who)); return "" },
			now: byGoogle, says: "EMAIL_EXISTS_FEDERATED", users: 1},
		{name: "a password and one who came by Google", first: func(who string) string { w.came(atGoogle(who)); return "" },
			now: byPassword, says: "EMAIL_EXISTS_FEDERATED", users: 1},
		{name: "a password and a user of the old system", first: old(true), now: byPassword, says: "USE_SIGN_IN"},
		{name: "a password and one who never confirmed in the old system", first: old(false), now: byPassword, users: 1},
	}
	for i, tt := range tests {
		who, sub := fmt.Sprintf("way%d@example.com", i), ""
		if tt.first != nil {
			sub = tt.first(who)
		}
		w.s.check(tt.name, func() error {
			err := tt.now(who)
			switch {
			case tt.says == "" && err != nil, tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
				return errors.Join(fmt.Errorf("want %q", tt.says), err)
			case w.users(who) != tt.users:
				return fmt.Errorf("%d users have the address, want %d", w.users(who), tt.users)
			case tt.linked:
				return w.isOne(who, sub)
			}
			return nil
		})
	}
}

// isOne is nil when Google's button and the password lead to one user.
func (w *town) isOne(who, sub string) error {
	in, err := w.federate(atGoogle(who))
	if err != nil {
		return fmt.Errorf("the second sign-in with Google: %w", err)
	}
	var byHand tokens
	if err := w.b.try("signIn", ask{"who": who, "password": password}, &byHand); err != nil {
		return fmt.Errorf("the password does not work any more: %w", err)
	}
	for way, token := range map[string]string{"Google": in.Access, "the password": byHand.Access} {
		if p := w.profile(token); p.Status != http.StatusOK || p.field("sub") != sub {
			return fmt.Errorf("by %s the profile is %d %s, want that of %s", way, p.Status, p.Body, sub)
		}
	}
	return nil
}
