// Package fleet is the manifest: the one list of the functions, and of the
// tables, queues, secrets and settings that they use. The CDK app builds AWS
// from it, the local fleet builds this machine from it, and tests hold the
// folders, the sample events and the README against it. Adding a function is
// one folder, one row here and one sample event.
package fleet

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Function is one Lambda function: its folder under functions/, what triggers
// it, what it is given and what it may touch. Whatever is not listed here it
// cannot reach: its role, its environment and its alarms all follow from the row.
type Function struct {
	Name        string        // the folder, the binary and the Lambda's name
	Does        string        // one line for the README
	Trigger     Trigger       // exactly one
	Timeout     time.Duration // Cognito's synchronous triggers: 5 s, its own limit
	MemoryMB    int           // also sets the CPU share
	Concurrency int           // reserved executions; 0 shares the account's pool
	Tables      []Grant       // DynamoDB actions, table by table
	Sends       []string      // queues it sends to, by name
	Secrets     []string      // secrets it reads, by short name
	Calls       []Call        // other AWS actions
	Settings    []string      // names from Settings() that it is given
	Alarms      []Alarm       // beyond those every function has (errors, throttles, duration)
}

// Grant is what one function may do to one table.
type Grant struct {
	Table   string
	Actions []string // without the dynamodb: prefix
}

// Call is one AWS action on one named resource of the fleet.
type Call struct {
	Action   string // "kms:Decrypt"
	Resource Resource
}

// Resource names a thing outside the manifest's own lists that a stack owns.
type Resource string

// The resources that calls name. The stacks know their ARNs.
const (
	UserPool    Resource = "user-pool"    // the Cognito user pool
	CodeKey     Resource = "code-key"     // the KMS key under Cognito's e-mail codes
	CalendarKey Resource = "calendar-key" // the KMS key under Google refresh tokens
	MailAuth    Resource = "mail-auth"    // the SES identity with the configuration set for sign-in mail
	MailProduct Resource = "mail-product" // the SES identity with the configuration set for all other mail
)

// Alarm is one condition on a metric the function writes, with the line of
// docs/runbook.md that answers it.
type Alarm struct {
	Metric    string // in namespace CallAnalyst, dimension service=<function>
	Over      float64
	Within    time.Duration
	Statistic string // Sum, Maximum, p99
	Says      string
}

// Trigger says what invokes a function. Exactly one of its groups is set.
type Trigger struct {
	Cognito string // the key in the pool's LambdaConfig: PreSignUp, PostConfirmation, …

	Method, Path string // a route of the REST API, /api/… or /webhooks/…
	Stream       bool   // the route's answer is sent as it is produced
	CORS         bool   // browsers may call the route from the origins in ALLOWED_ORIGINS

	Every time.Duration // a fixed rate, or
	Cron  string        // an EventBridge cron expression, in UTC

	Queue string // an SQS queue, by name
	Batch int    // its records per invocation

	Topic string // an SNS topic, by name

	Operator bool // run by hand, with a cursor
}

// Methods returns the route's HTTP methods: its own, and OPTIONS where browsers
// of other origins ask first.
func (t Trigger) Methods() []string {
	switch {
	case t.Path == "":
		return nil
	case t.CORS:
		return []string{t.Method, "OPTIONS"}
	}
	return []string{t.Method}
}

// String describes the trigger in one phrase, as the README shows it.
func (t Trigger) String() string {
	switch {
	case t.Cognito != "":
		return "Cognito " + t.Cognito
	case t.Stream:
		return fmt.Sprintf("%s %s (streams)", t.Method, t.Path)
	case t.Path != "":
		return t.Method + " " + t.Path
	case t.Every != 0:
		return "every " + short(t.Every)
	case t.Cron != "":
		return "cron " + t.Cron
	case t.Queue != "":
		return "queue " + t.Queue
	case t.Topic != "":
		return "topic " + t.Topic
	case t.Operator:
		return "operator"
	}
	return "nothing"
}

// short writes a duration without its empty parts: 2m, not 2m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Functions returns every function of the fleet, in the order that the README
// lists them. The slice is the caller's own.
func Functions() []Function {
	return slices.Concat(identity(), migration(), people(), billing(), asking(), notetaking(), calendars(), polling())
}

// Find returns the function called name.
func Find(name string) (Function, bool) {
	all := Functions()
	i := slices.IndexFunc(all, func(f Function) bool { return f.Name == name })
	if i < 0 {
		return Function{}, false
	}
	return all[i], true
}
