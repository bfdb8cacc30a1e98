package main

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/profile/profiletest"
	"callanalyst/pkg/rest"
)

// leaver is one signed-in person with a customer at Stripe, and the endpoint,
// wired as it is on Lambda.
type leaver struct {
	t                    *testing.T
	world                *profiletest.World
	fn                   boot.Func
	sub, username, token string
}

func enter(t *testing.T, w *profiletest.World) *leaver {
	t.Helper()
	if err := w.AWS.SES.CreateConfigurationSet(t.Context(), awstest.ConfigurationSetRef{ConfigurationSetName: "auth"}); err != nil {
		t.Fatal(err)
	}
	fn, err := w.Process(t, "account-delete").Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	username, code := w.SignUp(t, "Ada@Example.com", "Ada")
	if err := w.Confirm(t, username, code); err != nil {
		t.Fatal(err)
	}
	attributes, _ := w.User(t, username)
	l := &leaver{t: t, world: w, fn: fn, sub: attributes["sub"], username: username, token: w.SignIn(t, "ada@example.com")}
	api := billing.NewStripe("", w.Stripe.Client(), billing.FixedKey(stripetest.TestKey))
	customer, err := billing.Customers{Stripe: api}.Create(t.Context(), billing.User{Sub: l.sub, Email: "ada@example.com"}, "k")
	if err != nil {
		t.Fatal(err)
	}
	l.put("entitlements", map[string]string{"stripe_customer_id": customer.ID, "tos_version": "2026-06-01"})
	l.put("profiles", map[string]string{"email": "ada@example.com", "name": "Ada"})
	w.Forget()
	return l
}

// put writes a row of texts.
func (l *leaver) put(table string, attributes map[string]string) {
	l.t.Helper()
	it := map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: l.sub}}
	for name, v := range attributes {
		it[name] = &types.AttributeValueMemberS{Value: v}
	}
	if _, err := l.world.DB.PutItem(l.t.Context(), &dynamodb.PutItemInput{TableName: aws.String(l.world.DB.Table(table)), Item: it}); err != nil {
		l.t.Fatal(err)
	}
}

// leave calls the endpoint with Lambda's deadline.
func (l *leaver) leave() (status int, body string) {
	l.t.Helper()
	event, err := json.Marshal(map[string]any{"httpMethod": "DELETE", "path": "/api/account", "headers": map[string]string{"Authorization": "Bearer " + l.token}})
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(l.t.Context(), 29*time.Second)
	defer stop()
	out, err := l.fn(ctx, event)
	if err != nil {
		l.t.Fatal(err)
	}
	a := out.(rest.Answer)
	return a.Status, a.Body
}

// left says what is left of the person.
func (l *leaver) left() (found []string) {
	l.t.Helper()
	_, err := l.world.Cognito(l.t).AdminGetUser(l.t.Context(), &cognito.AdminGetUserInput{UserPoolId: aws.String(cognitotest.DefaultPoolID), Username: &l.username})
	if err == nil {
		found = append(found, "user")
	}
	if len(l.world.Stripe.Customers()) > 0 {
		found = append(found, "customer")
	}
	out, err := l.world.DB.GetItem(l.t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(l.world.DB.Table("profiles")), Key: map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: l.sub}},
	})
	if err != nil || out.Item != nil {
		found = append(found, "profile")
	}
	return found
}

func inBubble(t *testing.T, c profiletest.Config, body func(*testing.T, *profiletest.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { body(t, profiletest.New(t, c)) })
}

func TestEverythingGoes(t *testing.T) {
	t.Parallel()
	inBubble(t, profiletest.Shared(t), func(t *testing.T, w *profiletest.World) {
		l := enter(t, w)
		for n := range 2 { // and the token, which is good for an hour, again
			if status, body := l.leave(); status != http.StatusOK || body != `{"deleted":true}` {
				t.Fatalf("call %d answered %d %s", n+1, status, body)
			}
		}
		if left := l.left(); left != nil {
			t.Errorf("left are %q", left)
		}
		sent := w.AWS.SES.Messages()
		if len(sent) != 1 || sent[0].Subject != "Your Call Analyst account is deleted" || !strings.EqualFold(sent[0].To[0], "ada@example.com") || sent[0].ConfigurationSet != "auth" {
			t.Errorf("%d mails, want one farewell to Ada", len(sent))
		}
		w.Log.Check(t, "Ada", "ada@", l.token)
	})
}

// TestItGoesOnAfterTrouble takes each party away in turn. What the person hears is
// that it is not done; when the party is back, the next call ends it, with one
// mail.
func TestItGoesOnAfterTrouble(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	for _, call := range []string{
		"stripe DELETE", "cognito-idp AdminUserGlobalSignOut", "cognito-idp AdminDeleteUser", "dynamodb DeleteItem profiles", "ses", "dynamodb UpdateItem mails",
	} {
		t.Run(call, func(t *testing.T) {
			inBubble(t, shared, func(t *testing.T, w *profiletest.World) {
				l := enter(t, w)
				w.Make(profiletest.Trouble{Call: call})
				status, body := l.leave()
				// A mail that is out and cannot be marked as sent ends the deletion all the same.
				if marked := !strings.HasSuffix(call, "mails"); marked && (status != http.StatusServiceUnavailable || !strings.Contains(body, "DELETION_UNFINISHED")) {
					t.Errorf("with %s in trouble: %d %s, want a 503 DELETION_UNFINISHED", call, status, body)
				}
				w.Calm()
				<-time.After(time.Minute)
				if status, body := l.leave(); status != http.StatusOK {
					t.Errorf("afterwards: %d %s, want it done", status, body)
				}
				if left := l.left(); left != nil {
					t.Errorf("left are %q", left)
				}
				if n := len(w.AWS.SES.Messages()); n != 1 {
					t.Errorf("%d mails, want one", n)
				}
				w.Log.Check(t, "Ada", "ada@", l.token)
			})
		})
	}
}

func TestStrangersDeleteNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, profiletest.Shared(t), func(t *testing.T, w *profiletest.World) {
		l := enter(t, w)
		good := l.token
		for _, token := range []string{"", "x.y.z", good[:len(good)-8] + "AAAAAAAA"} {
			l.token = token
			if status, _ := l.leave(); status != http.StatusUnauthorized {
				t.Errorf("token %.9q answered %d, want 401", token, status)
			}
		}
		if diff := cmp.Diff([]string{"user", "customer", "profile"}, l.left()); diff != "" || slices.Contains(w.Calls(), "cognito-idp AdminDeleteUser") {
			t.Errorf("what is left (-want +got):\n%s", diff)
		}
	})
}
