package main

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/profile/profiletest"
)

// limit is how long Lambda lets the function run.
const limit = 5 * time.Second

// start returns the function, wired as it is on Lambda, and puts it behind the
// user pool's trigger.
func start(t *testing.T, w *profiletest.World, limit time.Duration) boot.Func {
	t.Helper()
	fn, err := w.Process(t, "post-confirmation").Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	h := lambda.NewHandler(fn)
	w.Attach(t, func(ctx context.Context, event []byte) ([]byte, error) {
		ctx, stop := context.WithTimeout(ctx, limit)
		defer stop()
		payload, err := h.Invoke(ctx, event)
		if err != nil {
			return nil, &cognitotest.FunctionError{Type: "errorString", Message: err.Error()}
		}
		return payload, nil
	})
	return fn
}

// register signs a person up who has accepted the terms.
func register(t *testing.T, w *profiletest.World, email, name string) (username, code string) {
	t.Helper()
	username, code = w.SignUp(t, email, name)
	c := consent.Store{DB: w.DB.Client, Table: w.DB.Table("consents"), Entitlements: w.DB.Table("entitlements"), Now: w.Now}
	if err := c.Hold(t.Context(), username, consent.Acceptance{Version: "2026-06-01", Source: consent.SignUp}); err != nil {
		t.Fatal(err)
	}
	return username, code
}

// holdings is what one user has in all places together.
type holdings struct {
	Profile   string // the row's name and version, "" for none
	Terms     string // tos_version in the entitlements row
	Customers int    // at Stripe
	Linked    bool   // the row's customer is Stripe's
	Mirrored  bool   // and so is Cognito's attribute
	Welcomes  int    // messages in the queue
}

// whole is what everybody should have.
func whole(name string) holdings {
	return holdings{Profile: name + " v1", Terms: "2026-06-01", Customers: 1, Linked: true, Mirrored: true, Welcomes: 1}
}

func hold(t *testing.T, w *profiletest.World, username string) holdings {
	t.Helper()
	attributes, _ := w.User(t, username)
	sub := attributes["sub"]
	var h holdings
	if row := item(t, w, "profiles", sub); row != nil {
		h.Profile = text(row["name"]) + " v" + row["version"].(*types.AttributeValueMemberN).Value
	}
	entitlement := item(t, w, "entitlements", sub)
	h.Terms = text(entitlement["tos_version"])
	var found []string
	for _, c := range w.Stripe.Customers() {
		if c.Metadata["cognito_sub"] == sub {
			found = append(found, c.ID)
		}
	}
	h.Customers = len(found)
	id := text(entitlement["stripe_customer_id"])
	h.Linked = id != "" && slices.Contains(found, id)
	h.Mirrored = id != "" && attributes["custom:stripe_customer_id"] == id
	h.Welcomes = welcomes(t, w)
	return h
}

func item(t *testing.T, w *profiletest.World, table, sub string) map[string]types.AttributeValue {
	t.Helper()
	out, err := w.DB.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(w.DB.Table(table)), Key: map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: sub}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// welcomes counts the messages in the queue, hidden ones too.
func welcomes(t *testing.T, w *profiletest.World) (n int) {
	t.Helper()
	out, err := w.AWS.SQS.GetQueueAttributes(t.Context(), awstest.QueueAttributesInput{QueueURL: "welcome", AttributeNames: []string{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesNotVisible"} {
		i, err := strconv.Atoi(out.Attributes[name])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		n += i
	}
	return n
}

// confirmation is the event that Cognito sends for the user.
func confirmation(t *testing.T, w *profiletest.World, username string) json.RawMessage {
	t.Helper()
	attributes, status := w.User(t, username)
	attributes["cognito:user_status"] = status
	event, err := json.Marshal(map[string]any{
		"version": "1", "triggerSource": confirmed, "region": "us-east-2", "userPoolId": cognitotest.DefaultPoolID, "userName": username,
		"callerContext": map[string]any{"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": cognitotest.DefaultClientID},
		"request":       map[string]any{"userAttributes": attributes}, "response": map[string]any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return event
}

// edit changes the user's profile, as the person might.
func edit(t *testing.T, w *profiletest.World, username, name string, version int) {
	t.Helper()
	attributes, _ := w.User(t, username)
	row := item(t, w, "profiles", attributes["sub"])
	row["name"] = &types.AttributeValueMemberS{Value: name}
	row["version"] = &types.AttributeValueMemberN{Value: strconv.Itoa(version)}
	if _, err := w.DB.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.DB.Table("profiles")), Item: row}); err != nil {
		t.Fatal(err)
	}
}
