package solo

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"callanalyst/pkg/ask/llmtest"
	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/auth/cognitotest/codecrypt"
	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/fleet"
	"callanalyst/pkg/migration/supabasetest"
	"callanalyst/pkg/notetaker/recalltest"
	"callanalyst/stacks/local/endpoint"
)

// codeKeyID is the KMS key under which codes are encrypted.
const codeKeyID = "5c0de5c0-de5c-4de5-8c0d-e5c0de5c0de5"

// CodeKeyARN is that key's ARN, the same in every World.
const CodeKeyARN = "arn:aws:kms:us-east-2:000000000000:key/" + codeKeyID

// calendarKeyID is the KMS key under which tokens of calendars are kept.
const calendarKeyID = "ca1e0da2-ca1e-4da2-8ca1-e0da2ca1e0da"

// CalendarKeyARN is that key's ARN, the same in every World.
const CalendarKeyARN = "arn:aws:kms:us-east-2:000000000000:key/" + calendarKeyID

// World is everything outside one function: a real DynamoDB engine with the
// fleet's tables, and a stand-in for every other party.
type World struct {
	AWS    *awstest.Endpoint // KMS, SES, SNS, SQS, Secrets Manager; Cognito and DynamoDB behind it
	Users  *cognitotest.Server
	Stripe *stripetest.Server
	Models *llmtest.Server
	Recall *recalltest.Server
	Google *googletest.Server

	Supabase *supabasetest.Server

	born   time.Time // when people came, and when Recall's webhooks are signed
	keys   keys.Set
	pool   cognitotest.Config
	engine *dynamotest.Engine
}

// NewWorld makes a world with the user pool's keys and puts the setup into it.
// root is the repository's root. Close it.
func NewWorld(ctx context.Context, root string, set keys.Set, s Setup) (*World, error) {
	w := &World{
		keys: set, pool: cognitotest.Config{Keys: &set, PoolID: cognitotest.DefaultPoolID},
		AWS: awstest.New(awstest.Config{}), Stripe: stripetest.New(stripetest.Config{}), Models: &llmtest.Server{},
		Supabase: supabasetest.New(supabasetest.Config{}), Recall: recalltest.New(recalltest.Config{}), Google: googletest.New(googletest.Config{}), born: time.Now(),
	}
	var err error
	if w.Users, err = cognitotest.New(w.pool); err != nil {
		return nil, fmt.Errorf("solo: %w", err)
	}
	if w.engine, err = dynamotest.Run(ctx, dynamotest.Options{Root: root}); err != nil {
		w.Users.Close()
		return nil, fmt.Errorf("solo: %w", err)
	}
	if err := w.furnish(ctx, s); err != nil {
		w.Close()
		return nil, fmt.Errorf("solo: %w", err)
	}
	return w, nil
}

// Close ends the engine and the stand-ins.
func (w *World) Close() {
	w.engine.Stop()
	w.Users.Close()
}

// furnish creates what the fleet owns and what the setup asks for.
func (w *World) furnish(ctx context.Context, s Setup) error {
	w.AWS.KMS.AddKey(codeKeyID, "")
	w.AWS.KMS.AddKey(calendarKeyID, "")
	w.AWS.Mount("cognito-idp", w.Users)
	dynamo, err := endpoint.DynamoDB(w.engine.URL)
	if err != nil {
		return err
	}
	w.AWS.Mount("dynamodb", dynamo)
	for _, q := range fleet.Queues() {
		if _, err := w.AWS.SQS.CreateQueue(ctx, awstest.CreateQueueInput{QueueName: q.Name}); err != nil {
			return fmt.Errorf("create queue %s: %w", q.Name, err)
		}
	}
	for name, fields := range secrets() {
		text, err := json.Marshal(fields)
		if err != nil {
			return fmt.Errorf("encode secret %s: %w", name, err)
		}
		if _, err := w.AWS.Secrets.CreateSecret(ctx, awstest.SecretInput{Name: "callanalyst/" + name, SecretString: new(string(text))}); err != nil {
			return fmt.Errorf("create secret %s: %w", name, err)
		}
	}
	if err := w.allowMail(ctx); err != nil {
		return fmt.Errorf("prepare SES: %w", err)
	}
	if err := w.addUsers(s.Users); err != nil {
		return err
	}
	if len(s.Stripe) > 0 {
		if err := w.Stripe.Add(s.Stripe); err != nil {
			return err
		}
	}
	if len(s.Supabase) > 0 {
		if err := w.Supabase.Restore(s.Supabase); err != nil {
			return err
		}
	}
	if len(s.Google) > 0 {
		if err := w.Google.Add(s.Google); err != nil {
			return err
		}
	}
	return w.addRows(ctx, s.Rows)
}

// allowMail verifies the domain and makes the configuration sets that the
// manifest's settings name by default.
func (w *World) allowMail(ctx context.Context) error {
	if _, err := w.AWS.SES.CreateEmailIdentity(ctx, awstest.IdentityRef{EmailIdentity: "callanalyst.app"}); err != nil {
		return err
	}
	for _, s := range fleet.Settings() {
		if !strings.HasPrefix(s.Name, "MAIL_SET_") {
			continue
		}
		if err := w.AWS.SES.CreateConfigurationSet(ctx, awstest.ConfigurationSetRef{ConfigurationSetName: s.Default}); err != nil {
			return err
		}
	}
	return nil
}

// addUsers puts people into the pool, by way of its snapshot: no API of Cognito's
// lets one choose a sub.
func (w *World) addUsers(users []User) error {
	list := []User{}
	for _, u := range users {
		u.Username = cmp.Or(u.Username, u.Sub)
		u.Status = cmp.Or(u.Status, cognitotest.StatusConfirmed)
		if u.Created.IsZero() {
			u.Created = w.born
		}
		list = append(list, u)
	}
	snapshot, err := json.Marshal(map[string]any{"keys": w.keys, "users": list})
	if err != nil {
		return fmt.Errorf("encode the users: %w", err)
	}
	return w.Users.Restore(snapshot)
}

// Encrypt makes of a code what Cognito hands to the custom e-mail sender of the
// pool: base64.
func (w *World) Encrypt(ctx context.Context, pool, code string) (string, error) {
	return codecrypt.Encrypt(ctx, w.AWS.KMS.DataKeys(codeKeyID), pool, code, rand.Reader)
}

// webhookSecret signs the webhooks of Stripe's stand-in.
const webhookSecret = "whsec_solo0123456789"

// secrets are the values of every secret of the fleet: those that the stand-ins
// accept, and for the others a text that says what it is.
func secrets() map[string]map[string]any {
	known := map[string]string{"stripe.secret_key": stripetest.TestKey, "stripe.webhook_secrets": webhookSecret,
		"recall.api_key": recalltest.TestKey, "recall.webhook_secrets": recalltest.TestSecret,
		"google.client_id": googletest.TestClientID, "google.client_secret": googletest.TestClientSecret}
	out := map[string]map[string]any{}
	for _, s := range fleet.Secrets() {
		fields := map[string]any{}
		for _, f := range s.Fields {
			name, list := strings.CutSuffix(f, "[]")
			text := cmp.Or(known[s.Name+"."+name], "solo-"+s.Name+"-"+name)
			fields[name] = text
			if list {
				fields[name] = []string{text}
			}
		}
		out[s.Name] = fields
	}
	return out
}

// SecretValues lists every value that a secret of a World holds.
func SecretValues() (out []string) {
	for _, fields := range secrets() {
		for _, v := range fields {
			switch v := v.(type) {
			case string:
				out = append(out, v)
			case []string:
				out = append(out, v...)
			}
		}
	}
	return out
}

// environment is what the function is given, as the manifest's row says, with
// every address in the world.
func environment(f fleet.Function, set keys.Set, awsURL string, outside map[string]string) ([]string, error) {
	jwks, err := set.JWKS()
	if err != nil {
		return nil, fmt.Errorf("solo: %w", err)
	}
	values := map[string]string{
		"USER_POOL_ID": cognitotest.DefaultPoolID, "USER_POOL_CLIENT_ID": cognitotest.DefaultClientID,
		"JWKS": string(jwks), "CODE_KEY_ARN": CodeKeyARN, "CALENDAR_KEY_ARN": CalendarKeyARN,
	}
	maps.Copy(values, outside)
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
