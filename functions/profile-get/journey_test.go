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
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/profiletest"
	"callanalyst/pkg/rest"
)

// visitor is one signed-in person and the endpoint, wired as it is on Lambda.
type visitor struct {
	t        *testing.T
	world    *profiletest.World
	fn       boot.Func
	sub      string
	username string
	token    string
}

// visit signs a person up by e-mail and in, without any trigger having run.
func visit(t *testing.T, w *profiletest.World) *visitor {
	t.Helper()
	fn, err := w.Process(t, "profile-get").Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	username, code := w.SignUp(t, "Ada@Example.com", "Ada")
	if err := w.Confirm(t, username, code); err != nil {
		t.Fatal(err)
	}
	attributes, _ := w.User(t, username)
	v := &visitor{t: t, world: w, fn: fn, sub: attributes["sub"], username: username, token: w.SignIn(t, "ada@example.com")}
	w.Forget()
	return v
}

// get calls the endpoint and decodes its answer into out.
func (v *visitor) get(out any, headers ...string) rest.Answer {
	v.t.Helper()
	h := map[string]string{"Authorization": "Bearer " + v.token}
	for i := 0; i < len(headers); i += 2 {
		h[headers[i]] = headers[i+1]
	}
	event, err := json.Marshal(map[string]any{
		"httpMethod": "GET", "path": "/api/profile", "headers": h, "requestContext": map[string]any{"requestId": "req-1"},
	})
	if err != nil {
		v.t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(v.t.Context(), 10*time.Second)
	defer stop()
	answer, err := v.fn(ctx, event)
	if err != nil {
		v.t.Fatalf("the function failed: %v", err)
	}
	a := answer.(rest.Answer)
	if a.Body != "" {
		if err := json.Unmarshal([]byte(a.Body), out); err != nil {
			v.t.Fatalf("answer %s: %v", a.Body, err)
		}
	}
	return a
}

// code is the code of the problem that the endpoint answers, "" for none.
func (v *visitor) code() string {
	v.t.Helper()
	var p rest.Problem
	v.get(&p)
	return p.Code
}

// entitle writes attributes into the person's entitlements row.
func (v *visitor) entitle(attributes map[string]types.AttributeValue) {
	v.t.Helper()
	attributes["cognito_sub"] = &types.AttributeValueMemberS{Value: v.sub}
	if _, err := v.world.DB.PutItem(v.t.Context(), &dynamodb.PutItemInput{TableName: aws.String(v.world.DB.Table("entitlements")), Item: attributes}); err != nil {
		v.t.Fatal(err)
	}
}

func accepted() map[string]types.AttributeValue {
	return map[string]types.AttributeValue{"tos_version": &types.AttributeValueMemberS{Value: "2026-06-01"}}
}

func linked() map[string]types.AttributeValue {
	row := accepted()
	row["stripe_customer_id"] = &types.AttributeValueMemberS{Value: "cus_ready"}
	return row
}

// inBubble runs body in a world of its own, in which time costs nothing.
func inBubble(t *testing.T, c profiletest.Config, body func(*testing.T, *profiletest.World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { body(t, profiletest.New(t, c)) })
}

func TestWithoutARowCognitoAnswersOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, profiletest.Shared(t), func(t *testing.T, w *profiletest.World) {
		v := visit(t, w)
		v.entitle(linked())
		want := profile.Profile{
			Sub: v.sub, Email: "ada@example.com", Name: "Ada", Version: 1, Source: profile.FromCognito,
			Preferences: json.RawMessage("{}"), Custom: json.RawMessage("{}"),
		}
		var got profile.Profile
		first := v.get(&got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the first answer (-want +got):\n%s", diff)
		}
		if !slices.Contains(w.Calls(), "cognito-idp AdminGetUser") {
			t.Errorf("calls %q, want Cognito asked", w.Calls())
		}
		w.Forget()
		want.Source = profile.FromDynamoDB
		second := v.get(&got, "If-None-Match", first.Headers["Etag"][0])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the second answer (-want +got):\n%s", diff)
		}
		third := v.get(&got, "If-None-Match", second.Headers["Etag"][0])
		if third.Status != http.StatusNotModified || third.Body != "" {
			t.Errorf("the third answer is %d %q, want 304 without a body", third.Status, third.Body)
		}
		oneRoundTrip := []string{"dynamodb BatchGetItem entitlements profiles", "dynamodb BatchGetItem entitlements profiles"}
		if diff := cmp.Diff(oneRoundTrip, w.Calls()); diff != "" {
			t.Errorf("calls of the later two (-want +got):\n%s", diff)
		}
		w.Log.Check(t, "Ada", "ada@", v.token)
	})
}

func TestGates(t *testing.T) {
	t.Parallel()
	str := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	tests := []struct {
		name string
		row  map[string]types.AttributeValue
		want string
	}{
		{name: "nothing accepted", row: map[string]types.AttributeValue{}, want: "TOS_REQUIRED"},
		{name: "old terms accepted", row: map[string]types.AttributeValue{"tos_version": str("2025-01-01")}, want: "TOS_REQUIRED"},
		{name: "locked", row: map[string]types.AttributeValue{"tos_version": str("2026-06-01"), "disabled": &types.AttributeValueMemberBOOL{Value: true}}, want: "ACCOUNT_DISABLED"},
		{name: "accepted", row: linked(), want: ""},
	}
	shared := profiletest.Shared(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, shared, func(t *testing.T, w *profiletest.World) {
				v := visit(t, w)
				v.entitle(tt.row)
				if got := v.code(); got != tt.want {
					t.Errorf("code %q, want %q", got, tt.want)
				}
				if asked := slices.ContainsFunc(w.Calls(), func(c string) bool { return strings.HasPrefix(c, "cognito-idp") }); asked != (tt.want == "") {
					t.Errorf("calls %q: whoever is refused must not be counted as active", w.Calls())
				}
			})
		})
	}
}

func TestStrangersAreRefused(t *testing.T) {
	t.Parallel()
	inBubble(t, profiletest.Shared(t), func(t *testing.T, w *profiletest.World) {
		v := visit(t, w)
		good := v.token
		for token, want := range map[string]string{"": "TOKEN_MISSING", "x.y.z": "TOKEN_INVALID", good[:len(good)-8] + "AAAAAAAA": "TOKEN_INVALID"} {
			v.token = token
			if got := v.code(); got != want {
				t.Errorf("token %.12q: code %q, want %q", token, got, want)
			}
		}
		if calls := w.Calls(); len(calls) > 0 {
			t.Errorf("made calls for strangers: %q", calls)
		}
	})
}

func TestAWaitingConsentOpensTheGate(t *testing.T) {
	t.Parallel()
	inBubble(t, profiletest.Shared(t), func(t *testing.T, w *profiletest.World) {
		v := visit(t, w)
		c := consent.Store{DB: w.DB.Client, Table: w.DB.Table("consents"), Entitlements: w.DB.Table("entitlements"), Now: w.Now}
		if err := c.Hold(t.Context(), v.username, consent.Acceptance{Version: "2026-06-01", Source: consent.SignUp}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if got := v.code(); got != "" {
				t.Errorf("code %q, want an answer", got)
			}
		}
	})
}

func TestTheCustomerIsMadeAtFirstUse(t *testing.T) {
	t.Parallel()
	inBubble(t, profiletest.Shared(t), func(t *testing.T, w *profiletest.World) {
		v := visit(t, w)
		v.entitle(accepted())
		w.Make(profiletest.Trouble{Call: "stripe", After: 6 * time.Second})

		began := time.Now()
		if got := v.code(); got != "" {
			t.Errorf("with Stripe slow: code %q, want an answer", got)
		}
		if took := time.Since(began); took > 1100*time.Millisecond {
			t.Errorf("with Stripe slow: waited %s, want at most a second", took)
		}
		began = time.Now()
		if got := v.code(); got != "" || time.Since(began) > 50*time.Millisecond {
			t.Errorf("right after: code %q in %s, want an answer at once", got, time.Since(began))
		}
		if n := len(w.Stripe.Customers()); n != 0 {
			t.Errorf("%d customers while Stripe is slow", n)
		}

		w.Calm()
		<-time.After(30 * time.Second)
		if got := v.code(); got != "" {
			t.Errorf("with Stripe back: code %q, want an answer", got)
		}
		customers := w.Stripe.Customers()
		attributes, _ := w.User(t, v.username)
		if len(customers) != 1 || customers[0].Metadata["cognito_sub"] != v.sub || customers[0].Email != "ada@example.com" {
			t.Fatalf("customers %+v, want one of the person", customers)
		}
		if got := attributes["custom:stripe_customer_id"]; got != customers[0].ID {
			t.Errorf("mirror is %q, want %q", got, customers[0].ID)
		}
		w.Forget()
		v.code()
		if calls := w.Calls(); len(calls) != 1 {
			t.Errorf("calls once all is well: %q, want one", calls)
		}
		w.Log.Check(t, "Ada", "ada@", v.token)
	})
}

func TestTroubleOfAReader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		trouble profiletest.Trouble
		want    string
	}{
		{name: "DynamoDB is down", trouble: profiletest.Trouble{Call: "dynamodb"}, want: "UPSTREAM_UNAVAILABLE"},
		{name: "DynamoDB throttles", trouble: profiletest.Trouble{Call: "dynamodb", Code: "ProvisionedThroughputExceededException"}, want: "UPSTREAM_UNAVAILABLE"},
		{name: "DynamoDB throttles for a moment", trouble: profiletest.Trouble{Call: "dynamodb", Code: "ThrottlingException", Times: 2}},
		{name: "the row cannot be written", trouble: profiletest.Trouble{Call: "dynamodb PutItem"}},
		{name: "Cognito is down", trouble: profiletest.Trouble{Call: "cognito-idp"}, want: "UPSTREAM_UNAVAILABLE"},
		{name: "the user was deleted", trouble: profiletest.Trouble{Call: "cognito-idp AdminGetUser", Code: "UserNotFoundException"}, want: "TOKEN_INVALID"},
		{name: "Stripe is down", trouble: profiletest.Trouble{Call: "stripe"}},
	}
	shared := profiletest.Shared(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, shared, func(t *testing.T, w *profiletest.World) {
				v := visit(t, w)
				v.entitle(accepted())
				w.Make(tt.trouble)
				if got := v.code(); got != tt.want {
					t.Errorf("code %q, want %q", got, tt.want)
				}
				w.Calm()
				var p profile.Profile
				if v.get(&p); p.Email != "ada@example.com" && tt.want != "TOKEN_INVALID" {
					t.Errorf("afterwards: %+v, want the profile", p)
				}
				w.Log.Check(t, "Ada", "ada@", v.token)
			})
		})
	}
}
