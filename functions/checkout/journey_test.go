package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/profile/profiletest"
	"callanalyst/pkg/rest"
)

// shopper is a signed-in person and the endpoint, wired as it is on Lambda.
type shopper struct {
	world *profiletest.World
	fn    boot.Func
	token string
}

func shop(t *testing.T) *shopper {
	t.Helper()
	w := profiletest.New(t, profiletest.Shared(t))
	fn, err := w.Process(t, "checkout").Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	username, code := w.SignUp(t, "ada@example.com", "Ada")
	if err := w.Confirm(t, username, code); err != nil {
		t.Fatal(err)
	}
	attributes, _ := w.User(t, username)
	for table, row := range map[string]map[string]types.AttributeValue{
		"entitlements": {"tos_version": &types.AttributeValueMemberS{Value: "2026-06-01"}},
		"profiles": {
			"email": &types.AttributeValueMemberS{Value: "ada@example.com"}, "version": &types.AttributeValueMemberN{Value: "1"},
			"preferences": &types.AttributeValueMemberS{Value: "{}"}, "custom": &types.AttributeValueMemberS{Value: "{}"},
		},
	} {
		row["cognito_sub"] = &types.AttributeValueMemberS{Value: attributes["sub"]}
		if _, err := w.DB.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.DB.Table(table)), Item: row}); err != nil {
			t.Fatal(err)
		}
	}
	return &shopper{world: w, fn: fn, token: w.SignIn(t, "ada@example.com")}
}

func (s *shopper) post(ctx context.Context, body string) (rest.Answer, error) {
	event, err := json.Marshal(map[string]any{
		"httpMethod": "POST", "path": "/api/checkout", "body": body,
		"headers": map[string]string{"Authorization": "Bearer " + s.token}, "requestContext": map[string]any{"requestId": "req-1"},
	})
	if err != nil {
		return rest.Answer{}, err
	}
	out, err := s.fn(ctx, event)
	if err != nil {
		return rest.Answer{}, err
	}
	return out.(rest.Answer), nil
}

func TestFiftyClicksAtOnceAreOneSession(t *testing.T) {
	t.Parallel()
	s := shop(t)
	answers := make(chan rest.Answer, 50)
	var wg sync.WaitGroup
	for range cap(answers) {
		wg.Go(func() {
			a, err := s.post(t.Context(), `{"tier":"pro"}`)
			if err != nil {
				t.Error(err)
			}
			answers <- a
		})
	}
	wg.Wait()
	close(answers)
	first := <-answers
	for a := range answers {
		if a.Status != http.StatusOK || a.Body != first.Body {
			t.Errorf("one click got %d %s, another %s", a.Status, a.Body, first.Body)
		}
	}
	customers, sessions := s.world.Stripe.Customers(), s.world.Stripe.Sessions()
	if len(customers) != 1 || len(sessions) != 1 {
		t.Fatalf("%d customers and %d sessions, want 1 and 1", len(customers), len(sessions))
	}
	if customers[0].Email != "ada@example.com" {
		t.Errorf("the customer's e-mail is %q", customers[0].Email)
	}
	if x := sessions[0]; !strings.HasPrefix(x.SuccessURL, "https://callanalyst.app/") || !strings.HasSuffix(x.SuccessURL, "={CHECKOUT_SESSION_ID}") {
		t.Errorf("success URL %q is not the site's", x.SuccessURL)
	}
	s.world.Log.Check(t, "ada", s.token)
}

func TestNobodyPaysWithoutAToken(t *testing.T) {
	t.Parallel()
	s := shop(t)
	s.token = "x.y.z"
	s.world.Forget()
	a, err := s.post(t.Context(), `{"tier":"pro"}`)
	if err != nil || a.Status != http.StatusUnauthorized || len(s.world.Calls()) != 0 {
		t.Errorf("answered %d %s, %v after the calls %q; want 401 after none", a.Status, a.Body, err, s.world.Calls())
	}
}

// Whoever pays in the old system keeps that customer, even if checkout is the
// first place they go to: they are sent to the portal, not charged again.
func TestAPayerOfTheOldSystemIsNotChargedAgain(t *testing.T) {
	t.Parallel()
	s := shop(t)
	old := s.world.Stripe.AddCustomer("ada@example.com", nil)
	s.world.Stripe.Subscribe(old, "pro_monthly", stripetest.Good, 0)
	legacy := migration.Rows{DB: s.world.DB, Table: s.world.DB.Table("legacy_users"), Now: s.world.Now}
	row := migration.Legacy{ID: "7d3c", Confirmed: true, CustomerID: old, Tier: entitlement.Pro}
	if _, err := legacy.Remember(t.Context(), "ada@example.com", row); err != nil {
		t.Fatal(err)
	}
	if _, err := legacy.Pay(t.Context(), "ada@example.com", row); err != nil {
		t.Fatal(err)
	}
	a, err := s.post(t.Context(), `{"tier":"pro"}`)
	if err != nil || a.Status != http.StatusConflict || !strings.Contains(a.Body, "ALREADY_SUBSCRIBED") || !strings.Contains(a.Body, "/p/session/bps_") {
		t.Errorf("answered %d %s, %v; want the portal", a.Status, a.Body, err)
	}
	if all := s.world.Stripe.Customers(); len(all) != 1 || all[0].Metadata["cognito_sub"] == "" {
		t.Errorf("customers = %+v, want the old one with the user's sub", all)
	}
}
