package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http/httputil"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/auth/cognitotest/codecrypt"
	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
)

// codeKeyID is the KMS key under which codes are encrypted.
const codeKeyID = "5c0de5c0-de5c-4de5-8c0d-e5c0de5c0de5"

// world is everything outside one function, fresh for one event: a real DynamoDB
// engine with the fleet's tables, and a stand-in for every other party.
type world struct {
	keys   keys.Set
	pool   cognitotest.Config
	users  *cognitotest.Server
	aws    *awstest.Endpoint
	stripe *stripetest.Server
	engine *dynamotest.Engine
	masks  *masks
}

// newWorld makes a world and puts the setup into it. Close it.
func newWorld(ctx context.Context, root string, set keys.Set, s setup) (*world, error) {
	w := &world{
		keys: set, pool: cognitotest.Config{Keys: &set, PoolID: cognitotest.DefaultPoolID},
		aws: awstest.New(awstest.Config{}), stripe: stripetest.New(stripetest.Config{}),
	}
	var err error
	if w.users, err = cognitotest.New(w.pool); err != nil {
		return nil, err
	}
	if w.engine, err = dynamotest.Run(ctx, dynamotest.Options{Root: root}); err != nil {
		w.users.Close()
		return nil, err
	}
	if err := w.furnish(ctx, s); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) close() {
	w.engine.Stop()
	w.users.Close()
}

// furnish creates what the fleet owns and what the sample asks for.
func (w *world) furnish(ctx context.Context, s setup) error {
	w.aws.KMS.AddKey(codeKeyID, "")
	w.aws.Mount("cognito-idp", w.users)
	target, err := url.Parse(w.engine.URL)
	if err != nil {
		return fmt.Errorf("address of the DynamoDB engine: %w", err)
	}
	w.aws.Mount("dynamodb", httputil.NewSingleHostReverseProxy(target))
	for _, q := range fleet.Queues() {
		if _, err := w.aws.SQS.CreateQueue(ctx, awstest.CreateQueueInput{QueueName: q.Name}); err != nil {
			return fmt.Errorf("create queue %s: %w", q.Name, err)
		}
	}
	for name, value := range secrets() {
		text := compactJSON(value)
		if _, err := w.aws.Secrets.CreateSecret(ctx, awstest.SecretInput{Name: "callanalyst/" + name, SecretString: &text}); err != nil {
			return fmt.Errorf("create secret %s: %w", name, err)
		}
	}
	if err := w.addUsers(s.Users); err != nil {
		return err
	}
	return w.addRows(ctx, s.Rows)
}

// secrets are the values that the stand-ins accept.
func secrets() map[string]map[string]any {
	return map[string]map[string]any{
		"stripe": {"secret_key": stripetest.TestKey, "webhook_secrets": []string{"whsec_replay"}},
	}
}

// addUsers puts people into the pool, by way of its snapshot: no API of Cognito's
// lets one choose a sub.
func (w *world) addUsers(users []poolUser) error {
	for i, u := range users {
		users[i].Username = cmp.Or(u.Username, u.Sub)
		users[i].Status = cmp.Or(u.Status, cognitotest.StatusConfirmed)
	}
	snapshot, err := json.Marshal(map[string]any{"keys": w.keys, "users": users})
	if err != nil {
		return fmt.Errorf("encode the setup's users: %w", err)
	}
	return w.users.Restore(snapshot)
}

// addRows creates the tables and puts the setup's rows into them.
func (w *world) addRows(ctx context.Context, rows map[string][]map[string]any) error {
	db := dynamotest.NewClient(w.engine.URL)
	if err := dynamotest.CreateTables(ctx, db, ""); err != nil {
		return err
	}
	for table, items := range rows {
		for _, item := range items {
			_, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String(table), Item: typedRow(item)})
			if err != nil {
				return fmt.Errorf("put the setup's row into %s: %w", table, err)
			}
		}
	}
	return nil
}

// typedRow turns plain values into DynamoDB's.
func typedRow(item map[string]any) map[string]types.AttributeValue {
	out := make(map[string]types.AttributeValue, len(item))
	for name, v := range item {
		out[name] = typedValue(v)
	}
	return out
}

func typedValue(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		return &types.AttributeValueMemberS{Value: v}
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case map[string]any:
		return &types.AttributeValueMemberM{Value: typedRow(v)}
	case []any:
		list := make([]types.AttributeValue, len(v))
		for i := range v {
			list[i] = typedValue(v[i])
		}
		return &types.AttributeValueMemberL{Value: list}
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

// encrypt makes of a code what Cognito hands to the custom e-mail sender.
func (w *world) encrypt(ctx context.Context, pool, code string) (string, error) {
	return codecrypt.Encrypt(ctx, w.aws.KMS.DataKeys(codeKeyID), pool, code, rand.Reader)
}

// environment is what the function is given, as the manifest's row says, with
// every address in this world.
func environment(f fleet.Function, set keys.Set, awsURL, stripeURL string) ([]string, error) {
	jwks, err := set.JWKS()
	if err != nil {
		return nil, err
	}
	values := map[string]string{
		"USER_POOL_ID": cognitotest.DefaultPoolID, "USER_POOL_CLIENT_ID": cognitotest.DefaultClientID,
		"JWKS": string(jwks), "CODE_KEY_ARN": "arn:aws:kms:us-east-2:000000000000:key/" + codeKeyID,
		"STRIPE_API_BASE": stripeURL,
	}
	env := []string{"AWS_ENDPOINT_URL=" + awsURL}
	for _, name := range f.Settings {
		if v := values[name]; v != "" {
			env = append(env, name+"="+v)
		}
	}
	for _, g := range f.Tables {
		env = append(env, "TABLE_"+boot.Upper(g.Table)+"="+g.Table)
	}
	for _, q := range f.Sends {
		env = append(env, "QUEUE_"+boot.Upper(q)+"=https://sqs.us-east-2.amazonaws.com/000000000000/"+q)
	}
	for _, s := range f.Secrets {
		env = append(env, "SECRET_"+boot.Upper(s)+"=callanalyst/"+s)
	}
	return env, nil
}
