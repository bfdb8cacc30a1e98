package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/rest"
)

// instant is a Stripe that answers at once: every customer has one subscription.
func instant(w http.ResponseWriter, r *http.Request) {
	customer := r.URL.Query().Get("customer")
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"object":"list","has_more":false,"data":[{"id":"sub_%[1]s","object":"subscription","status":"active","customer":%[1]q,
		"created":1783036800,"current_period_start":1783036800,"current_period_end":4070908800,"cancel_at_period_end":false,"metadata":{"cognito_sub":"user-%[1]s"},
		"items":{"object":"list","data":[{"id":"si_1","price":{"id":"price_1","lookup_key":"pro_monthly"}}]}}]}`, customer)
}

// fleet wires the function as on Lambda, with a real DynamoDB engine and instant
// stand-ins behind sockets.
func fleet(b *testing.B, db *dynamotest.DB) boot.Func {
	b.Helper()
	services := awstest.New(awstest.Config{})
	text := `{"secret_key":"` + stripetest.TestKey + `","webhook_secrets":["` + secret + `"]}`
	if _, err := services.Secrets.CreateSecret(b.Context(), awstest.SecretInput{Name: "callanalyst/stripe", SecretString: &text}); err != nil {
		b.Fatal(err)
	}
	address := func(h http.Handler) string {
		srv := httptest.NewServer(h)
		b.Cleanup(srv.Close)
		return srv.URL
	}
	env := map[string]string{
		"AWS_REGION": "us-east-2", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL": address(services), "AWS_ENDPOINT_URL_DYNAMODB": db.URL, "STRIPE_API_BASE": address(http.HandlerFunc(instant)),
		"SECRET_STRIPE": "callanalyst/stripe", "TABLE_ENTITLEMENTS": db.Table("entitlements"), "TABLE_STRIPE_EVENTS": db.Table("stripe_events"),
		"TABLE_PROFILES": db.Table("profiles"), "TABLE_MAILS": db.Table("mails"), "TABLE_SUPPRESSIONS": db.Table("suppressions"),
	}
	p := boot.NewProcess("stripe-webhook", func(name string) (string, bool) { v, ok := env[name]; return v, ok }, io.Discard)
	fn, err := p.Start(b.Context(), wire)
	if err != nil {
		b.Fatal(err)
	}
	return fn
}

// users is how many customers the events are about.
const users = 200

// delivery is the n-th event, signed now.
func delivery(n int64) (json.RawMessage, error) {
	customer := fmt.Sprintf("cus_%d", n%users)
	body := fmt.Appendf(nil, `{"id":"evt_%d","object":"event","api_version":"2023-10-16","created":1783036801,"livemode":false,"type":"customer.subscription.updated","data":{"object":{"id":"sub_%[2]s","object":"subscription","customer":%[2]q,"metadata":{"cognito_sub":"user-%[2]s"}}}}`, n, customer)
	return json.Marshal(map[string]any{
		"httpMethod": "POST", "path": "/webhooks/stripe", "body": string(body),
		"multiValueHeaders": map[string][]string{"Stripe-Signature": {stripetest.Sign(body, time.Now(), secret)}},
		"requestContext":    map[string]any{"requestId": "req-1"},
	})
}

// versions adds up the versions of all rows: each event makes its row's one more.
func versions(b *testing.B, db *dynamotest.DB) (sum int64) {
	b.Helper()
	out, err := db.Scan(b.Context(), &dynamodb.ScanInput{TableName: aws.String(db.Table("entitlements")), ConsistentRead: aws.Bool(true)})
	if err != nil {
		b.Fatal(err)
	}
	for _, it := range out.Items {
		sum += entitlement.RowOf("", it).Version
	}
	return sum
}

// BenchmarkWebhook sends different events about some customers, eight at once,
// and prints what one machine takes, the DynamoDB engine included. None may be
// lost, and none applied twice.
func BenchmarkWebhook(b *testing.B) {
	db := dynamotest.New(b)
	fn := fleet(b, db)
	var n atomic.Int64
	var mu sync.Mutex
	var took []time.Duration
	b.SetParallelism(4)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		for pb.Next() {
			event, err := delivery(n.Add(1))
			if err != nil {
				b.Error(err)
				return
			}
			start := time.Now()
			out, err := fn(b.Context(), event)
			mine = append(mine, time.Since(start))
			if a, ok := out.(rest.Answer); err != nil || !ok || !strings.Contains(a.Body, `"applied"`) {
				b.Errorf("answer %+v, %v", out, err)
				return
			}
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, mine...)
	})
	b.StopTimer()
	if got := versions(b, db); got != n.Load() {
		b.Errorf("%d events were applied %d times in all", n.Load(), got)
	}
	slices.Sort(took)
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
