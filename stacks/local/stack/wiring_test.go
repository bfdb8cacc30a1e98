package stack_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/runtimeapi"
	"callanalyst/stacks/local/stack"
)

// api is a row for a function behind a route.
func api(name string, change func(*fleet.Function)) fleet.Function {
	f := fleet.Function{Name: name, Trigger: fleet.Trigger{Method: "GET", Path: "/api/" + name}, Timeout: 5 * time.Second, MemoryMB: 256}
	if change != nil {
		change(&f)
	}
	return f
}

// environment asks the function for its environment.
func environment(t *testing.T, s *stack.Stack, name string) []string {
	t.Helper()
	status, body := call(t, http.MethodGet, s.URL("edge")+"/api/"+name, "")
	if status != 200 {
		t.Fatalf("GET /api/%s = %d %s", name, status, body)
	}
	return strings.Split(body, "\n")
}

func TestAFunctionGetsItsRowAndNothingElse(t *testing.T) {
	t.Parallel()
	root := repository(t, map[string]string{"rich": settings, "poor": settings})
	s := start(t, stack.Plan{Root: root, Env: map[string]string{"MAIL_FROM": "Me <me@callanalyst.app>"}, Functions: []fleet.Function{
		api("poor", nil),
		api("rich", func(f *fleet.Function) {
			f.Tables = []fleet.Grant{{Table: "stripe_events", Actions: []string{"GetItem"}}}
			f.Sends, f.Secrets = []string{"welcome"}, []string{"stripe"}
			f.Settings = []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL", "CODE_KEY_ARN", "SITE_URL", "STRIPE_API_BASE", "MAIL_FROM", "MAIL_REPLY_TO", "TOS_VERSION"}
		}),
	}})
	inner := func(name string) string { return strings.Replace(s.URL(name), "localhost", "127.0.0.1", 1) }
	rich := environment(t, s, "rich")
	for _, want := range []string{
		"AWS_ENDPOINT_URL=" + inner("aws"), "AWS_REGION=us-east-2", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_FUNCTION_NAME=rich",
		"TABLE_STRIPE_EVENTS=stripe_events", "SECRET_STRIPE=callanalyst/stripe",
		"QUEUE_WELCOME=" + s.URL("aws") + "/000000000000/welcome",
		"USER_POOL_ID=" + stack.PoolID, "USER_POOL_CLIENT_ID=" + stack.ClientID,
		"JWKS_URL=" + inner("aws") + "/" + stack.PoolID + "/.well-known/jwks.json",
		"SITE_URL=" + s.URL("edge"), "STRIPE_API_BASE=" + inner("stripe"), "MAIL_FROM=Me <me@callanalyst.app>",
	} {
		if !slices.Contains(rich, want) {
			t.Errorf("the function lacks %s; it has:\n%s", want, strings.Join(rich, "\n"))
		}
	}
	for _, v := range rich {
		name, value, _ := strings.Cut(v, "=")
		switch name {
		case "MAIL_REPLY_TO", "TOS_VERSION":
			t.Errorf("%s is set, though its default serves", name)
		case "JWKS":
			if !strings.HasPrefix(value, `{"keys":[{`) {
				t.Errorf("JWKS = %s, want the pool's keys", value)
			}
		case "CODE_KEY_ARN":
			if !strings.HasPrefix(value, "arn:aws:kms:us-east-2:000000000000:key/") {
				t.Errorf("CODE_KEY_ARN = %s", value)
			}
		}
	}
	for _, v := range environment(t, s, "poor") {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "TABLE_") || strings.HasPrefix(name, "SECRET_") || name == "USER_POOL_ID" || name == "GOPATH" || name == "USER" {
			t.Errorf("the function with an empty row has %s", v)
		}
	}
}

// Whatever the manifest demands of a function this fleet can give. A blank in
// .env is no value.
func TestEverySettingThatMustBeThereHasAValue(t *testing.T) {
	t.Parallel()
	s := start(t, stack.Plan{
		Root: repository(t, map[string]string{"rich": settings}), Env: map[string]string{"USER_POOL_ID": " "},
		Functions: []fleet.Function{api("rich", func(f *fleet.Function) {
			for _, d := range fleet.Settings() {
				f.Settings = append(f.Settings, d.Name)
			}
		})},
	})
	got := environment(t, s, "rich")
	for _, d := range fleet.Settings() {
		if d.Must && !slices.ContainsFunc(got, func(v string) bool { name, value, _ := strings.Cut(v, "="); return name == d.Name && len(value) > 1 }) {
			t.Errorf("%s has no value", d.Name)
		}
	}
}

func TestTriggersReachTheirFunctions(t *testing.T) {
	t.Parallel()
	root := repository(t, map[string]string{
		"gate": fails, "worker": `if strings.Contains(event, "poison") { return "bad message", true }; return "{}", false`,
		"nightly": `return "{}", false`, "bounces": `return "{}", false`,
	})
	s := start(t, stack.Plan{Root: root, Functions: []fleet.Function{
		{Name: "gate", Trigger: fleet.Trigger{Cognito: "PreSignUp"}, Timeout: 5 * time.Second},
		{Name: "worker", Trigger: fleet.Trigger{Queue: "welcome", Batch: 10}, Timeout: 5 * time.Second},
		{Name: "nightly", Trigger: fleet.Trigger{Cron: "15 3 * * ? *"}, Timeout: 5 * time.Second, Concurrency: 1},
		{Name: "bounces", Trigger: fleet.Trigger{Topic: "ses-events"}, Timeout: 5 * time.Second},
	}})

	status, out := signUp(t, s, "ada@example.com")
	if status != 400 || out["message"] != "PreSignUp failed with error no such luck." {
		t.Errorf("a refused sign-up = %d %v", status, out)
	}
	if _, err := s.AWS.SQS.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: "welcome", MessageBody: "hello"}); err != nil {
		t.Fatal(err)
	}
	if status, body := call(t, http.MethodPost, s.URL("edge")+"/_local/schedules/nightly/run", ""); status != 204 {
		t.Errorf("run now = %d %s", status, body)
	}
	_, err := s.AWS.SES.SendEmail(t.Context(), awstest.SendEmailInput{
		FromEmailAddress: "hello@callanalyst.app", Destination: awstest.Destination{ToAddresses: []string{"bounce@simulator.amazonses.com"}},
		Content: awstest.Content{Simple: &awstest.Simple{Body: awstest.Body{Text: &awstest.Text{Data: "x"}}}}, ConfigurationSetName: "product",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"worker", "nightly", "bounces"} {
		until(t, name+" has run", func() bool { return figures(t, s, name).Invocations > 0 && figures(t, s, name).Failures == 0 })
	}
}

func state(t *testing.T, s *stack.Stack) console.State {
	t.Helper()
	_, body := call(t, http.MethodGet, s.URL("edge")+"/_local/state", "")
	var out console.State
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func figures(t *testing.T, s *stack.Stack, name string) console.Figures {
	t.Helper()
	for _, f := range state(t, s).Functions {
		if f.Name == name {
			return f.Figures
		}
	}
	t.Fatalf("no function %s on the page", name)
	return console.Figures{}
}

func TestDeadLettersCanBeTriedAgainOrDeleted(t *testing.T) {
	t.Parallel()
	s := start(t, stack.Plan{Root: repository(t, nil)})
	send := func(body string) {
		if _, err := s.AWS.SQS.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: "welcome-dead", MessageBody: body}); err != nil {
			t.Fatal(err)
		}
	}
	send("first")
	send("second")
	if got := state(t, s).Queues[0]; len(got.Dead) != 2 || got.Dead[0].Body != "first" {
		t.Fatalf("dead letters on the page = %+v", got)
	}
	if status, body := call(t, http.MethodPost, s.URL("edge")+"/_local/queues/welcome/redrive", ""); status != 204 {
		t.Fatalf("redrive = %d %s", status, body)
	}
	if got := state(t, s).Queues[0]; got.Waiting != 2 || len(got.Dead) != 0 {
		t.Errorf("after redrive %d wait and %d are dead, want 2 and 0", got.Waiting, len(got.Dead))
	}
	send("third")
	if status, body := call(t, http.MethodPost, s.URL("edge")+"/_local/queues/welcome/purge", ""); status != 204 {
		t.Fatalf("purge = %d %s", status, body)
	}
	if got := state(t, s).Queues[0]; got.Waiting != 2 || len(got.Dead) != 0 {
		t.Errorf("after purge %d wait and %d are dead, want 2 and 0", got.Waiting, len(got.Dead))
	}
	if status, _ := call(t, http.MethodPost, s.URL("edge")+"/_local/queues/entitlements/purge", ""); status != 409 {
		t.Errorf("purge of no queue = %d, want 409", status)
	}
}

// The asynchronous queue stands behind the Invoke API as well.
func TestInvokeByAPI(t *testing.T) {
	t.Parallel()
	s := start(t, stack.Plan{Root: repository(t, map[string]string{"echo": echo}), Functions: []fleet.Function{api("echo", nil)}})
	url := s.URL("aws") + "/2015-03-31/functions/" + runtimeapi.ARN("echo") + "/invocations"
	if status, body := call(t, http.MethodPost, url, `{"a":1}`); status != 200 || body != `{"a":1}` {
		t.Errorf("Invoke = %d %s", status, body)
	}
	if status, _ := call(t, http.MethodPost, url, `{"a":1}`, "X-Amz-Invocation-Type", "Event"); status != 202 {
		t.Errorf("Invoke of type Event = %d, want 202", status)
	}
	until(t, "the event is delivered", func() bool { return figures(t, s, "echo").Invocations == 2 })
}

func TestStripesEventsReachTheirFunction(t *testing.T) {
	t.Parallel()
	root := repository(t, map[string]string{"hook": `if !strings.Contains(event, "Stripe-Signature") { return "no signature", true }
	return "{\"statusCode\":200,\"body\":\"\"}", false`})
	s := start(t, stack.Plan{Root: root, Functions: []fleet.Function{
		{Name: "hook", Trigger: fleet.Trigger{Method: "POST", Path: "/webhooks/stripe"}, Timeout: 5 * time.Second},
	}})
	until(t, "an event is delivered", func() bool {
		s.Stripe.AddCustomer("ada@example.com", nil) // the first may come before there is an endpoint
		return slices.ContainsFunc(s.Stripe.Deliveries(), func(d stripetest.Delivery) bool { return d.Status == 200 })
	})
}

func TestRealKeyReplacesTheStandIn(t *testing.T) {
	t.Parallel()
	var notes []string
	s := start(t, stack.Plan{
		Root:      repository(t, map[string]string{"pay": settings}),
		Env:       map[string]string{"STRIPE_SECRET_KEY": "sk_test_real", "STRIPE_WEBHOOK_SECRETS": "whsec_1, whsec_2", "STRIPE_SECRET_KEI": "typo"},
		Functions: []fleet.Function{api("pay", func(f *fleet.Function) { f.Settings = []string{"STRIPE_API_BASE"} })},
		Tell: func(s stack.Step) {
			if s.Name == ".env" || s.Name == "stand-ins" {
				notes = append(notes, s.Note)
			}
		},
	})
	if s.Stripe != nil || s.URL("stripe") != "" {
		t.Errorf("the stand-in still runs at %s", s.URL("stripe"))
	}
	for _, v := range environment(t, s, "pay") {
		if strings.HasPrefix(v, "STRIPE_API_BASE=") {
			t.Errorf("the function has %s, want Stripe's own address by default", v)
		}
	}
	got, err := s.AWS.Secrets.GetSecretValue(t.Context(), awstest.SecretRef{SecretID: "callanalyst/stripe"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"secret_key":"sk_test_real","webhook_secrets":["whsec_1","whsec_2"]}`; *got.SecretString != want {
		t.Errorf("secret = %s, want %s", *got.SecretString, want)
	}
	if all := fmt.Sprint(notes); !strings.Contains(all, "STRIPE_SECRET_KEI is not a setting of the fleet") || strings.Contains(all, "typo") || strings.Contains(all, "sk_test") {
		t.Errorf("notes = %s, want the unknown name and no value", all)
	}
}

func TestSecretsHaveEveryFieldOfTheManifest(t *testing.T) {
	t.Parallel()
	s := start(t, stack.Plan{Root: repository(t, nil)})
	for _, row := range fleet.Secrets() {
		got, err := s.AWS.Secrets.GetSecretValue(t.Context(), awstest.SecretRef{SecretID: "callanalyst/" + row.Name})
		if err != nil {
			t.Errorf("secret %s: %v", row.Name, err)
			continue
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(*got.SecretString), &fields); err != nil {
			t.Errorf("secret %s = %s: %v", row.Name, *got.SecretString, err)
		}
		for _, f := range row.Fields {
			name, list := strings.CutSuffix(f, "[]")
			if _, isList := fields[name].([]any); fields[name] == nil || fields[name] == "" || isList != list {
				t.Errorf("field %s of secret %s = %v", f, row.Name, fields[name])
			}
		}
	}
}

func TestStandInsCanBeSlow(t *testing.T) {
	t.Parallel()
	s := start(t, stack.Plan{Root: repository(t, nil), Latency: "p50"})
	begun := time.Now()
	if status, _ := signUp(t, s, "ada@example.com"); status != 200 {
		t.Fatalf("sign-up = %d", status)
	}
	if took := time.Since(begun); took < 120*time.Millisecond {
		t.Errorf("a sign-up took %s, want at least the plan's 120 ms", took)
	}
}

func TestVisitorsFromElsewhere(t *testing.T) {
	t.Parallel()
	s := start(t, stack.Plan{Root: repository(t, nil), Country: "DE"})
	if status, _ := call(t, http.MethodGet, s.URL("edge")+"/", ""); status != 302 {
		t.Errorf("the site from Germany = %d, want 302", status)
	}
	if status, body := call(t, http.MethodGet, s.URL("edge")+"/", "", "CloudFront-Viewer-Country", "US"); status != 200 || !strings.Contains(body, "Call Analyst is running") {
		t.Errorf("the site from the US = %d", status)
	}
	if status, body := call(t, http.MethodGet, s.URL("edge")+"/blocked.html", ""); status != 200 || !strings.Contains(body, "United States") {
		t.Errorf("the block page = %d %s", status, body)
	}
}
