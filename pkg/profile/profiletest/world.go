// Package profiletest is the world around the functions that look after people:
// a real DynamoDB engine, and Cognito, Stripe and AWS's small services standing
// in, behind one transport. A test builds a function's process from it exactly
// as the manifest describes the function, makes trouble for the parties that the
// function calls, and looks at what they hold afterwards.
//
// A World works inside a testing/synctest bubble, so that six slow seconds of
// Stripe take none: it keeps no connection open while nobody asks.
package profiletest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
)

// StripeSecret is the JSON in the secret callanalyst/stripe.
const StripeSecret = `{"secret_key":"` + stripetest.TestKey + `","webhook_secrets":["whsec_dGVzdA=="]}`

// World is all that a function can reach. Make one with New.
type World struct {
	DB     *dynamotest.DB
	AWS    *awstest.Endpoint
	Stripe *stripetest.Server
	Pool   *cognitotest.Server
	Log    *Log // what every process of this world writes

	cfg   cognitotest.Config
	tcp   *http.Transport
	inbox inbox

	mu      sync.Mutex
	trouble []Trouble
	mends   []func() // end what is broken inside Stripe
	calls   []string
}

// Config is what the worlds of one test share, made outside of any bubble: an
// engine and signing keys take real time to make.
type Config struct {
	DB   *dynamotest.DB
	Keys *keys.Set
}

// Shared starts an engine and makes keys.
func Shared(tb testing.TB) Config {
	tb.Helper()
	set, err := keys.Generate()
	if err != nil {
		tb.Fatal(err)
	}
	return Config{DB: dynamotest.New(tb), Keys: &set}
}

// New returns a world without users, with the fleet's queues and secrets.
func New(tb testing.TB, c Config) *World {
	tb.Helper()
	w := &World{
		DB: new(*c.DB), AWS: awstest.New(awstest.Config{}), Stripe: stripetest.New(stripetest.Config{}), Log: &Log{},
		tcp: &http.Transport{DisableKeepAlives: true},
	}
	w.DB.Client = dynamodb.New(w.DB.Options(), func(o *dynamodb.Options) { o.HTTPClient = &http.Client{Transport: w.tcp} })
	w.cfg = cognitotest.Config{Keys: c.Keys, Deliver: w.inbox.deliver, CallbackURLs: []string{callback}}
	w.Attach(tb, nil)
	w.furnish(tb)
	return w
}

// furnish makes the queues and secrets of the manifest, and lets SES send.
func (w *World) furnish(tb testing.TB) {
	tb.Helper()
	ctx, text := tb.Context(), StripeSecret
	var errs []error
	for _, q := range fleet.Queues() {
		errs = append(errs, w.queue(ctx, q.Name+"-dead", nil), w.queue(ctx, q.Name, map[string]string{
			"VisibilityTimeout": strconv.Itoa(int(q.Visibility.Seconds())),
			"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":"arn:aws:sqs:us-east-2:000000000000:%s-dead","maxReceiveCount":%d}`, q.Name, q.Receives),
		}))
	}
	_, err := w.AWS.Secrets.CreateSecret(ctx, awstest.SecretInput{Name: "callanalyst/stripe", SecretString: &text})
	errs = append(errs, err)
	_, err = w.AWS.SES.CreateEmailIdentity(ctx, awstest.IdentityRef{EmailIdentity: "callanalyst.app"})
	errs = append(errs, err, w.AWS.SES.CreateConfigurationSet(ctx, awstest.ConfigurationSetRef{ConfigurationSetName: "product"}))
	if err := errors.Join(errs...); err != nil {
		tb.Fatal(err)
	}
}

func (w *World) queue(ctx context.Context, name string, attributes map[string]string) error {
	_, err := w.AWS.SQS.CreateQueue(ctx, awstest.CreateQueueInput{QueueName: name, Attributes: attributes})
	return err
}

// Now is the world's clock: the bubble's inside of one.
func (w *World) Now() time.Time { return time.Now() }
