package journey_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/latency"
	"callanalyst/stacks/local/stack"
)

// diagram prints one line for each hop of a sequence diagram: what it took, what
// the plan gives the party behind it, and what is ours.
type diagram struct {
	t     *testing.T
	l     *local
	table *latency.Table
	lines []string
}

func newDiagram(t *testing.T, title string) *diagram {
	t.Helper()
	table, err := latency.NewTable("p50")
	if err != nil {
		t.Fatal(err)
	}
	d := &diagram{t: t, l: startFleet(t, func(p *stack.Plan) { p.Latency = "p50" }), table: table}
	t.Cleanup(func() { t.Logf("%s, upstreams as slow as planned (p50)\n%s", title, strings.Join(d.lines, "\n")) })
	return d
}

// hop runs one hop of the browser. The calls are those that must follow each
// other inside it, as the plan names them.
func (d *diagram) hop(what string, calls []string, do func() error) {
	d.t.Helper()
	began := time.Now()
	err := do()
	took := time.Since(began)
	if err != nil {
		d.t.Fatalf("%s: %v", what, err)
	}
	planned := d.planned(calls)
	if took < planned {
		d.t.Errorf("%s took %s, less than its upstreams' %s: a hop is missing", what, took, planned)
	}
	d.line(what, took, planned)
}

func (d *diagram) planned(calls []string) (sum time.Duration) {
	d.t.Helper()
	for _, c := range calls {
		took := d.table.Of(c)
		if took == 0 {
			d.t.Fatalf("the plan has no figure for %s", c)
		}
		sum += took
	}
	return sum
}

func (d *diagram) line(what string, took, planned time.Duration) {
	d.lines = append(d.lines, fmt.Sprintf("  %-52s %7.1f ms = %5.0f planned + %6.1f", what, milliseconds(took), milliseconds(planned), milliseconds(took-planned)))
}

// inside adds a line for what a function did in the meantime, once it has.
func (d *diagram) inside(function, what string, calls []string) {
	d.t.Helper()
	var found []console.Invocation
	d.l.wait(function+" to have run", func() bool {
		found = slices.DeleteFunc(d.l.invocations(), func(i console.Invocation) bool { return i.Function != function || i.Outcome == "running" })
		return len(found) > 0
	})
	last := found[0]
	if last.Outcome != "ok" {
		d.t.Errorf("%s ended with %s: %s", function, last.Outcome, last.Error)
	}
	took := time.Duration((last.Duration + last.Init) * float64(time.Millisecond))
	planned := d.planned(calls)
	if took < planned {
		d.t.Errorf("%s took %s, less than its upstreams' %s: a hop is missing", what, took, planned)
	}
	d.line("    "+what, took, planned)
}

// invocations reads the console: newest first.
func (l *local) invocations() []console.Invocation {
	l.t.Helper()
	a := l.call(http.MethodGet, "/_local/state", "", nil)
	var state console.State
	if err := json.Unmarshal([]byte(a.Body), &state); err != nil {
		l.t.Fatalf("the console answered %d: %v", a.Status, err)
	}
	return state.Invocations
}

// The upstream calls that the diagrams name, as the plan does.
const (
	putItem        = "dynamodb.PutItem"
	updateItem     = "dynamodb.UpdateItem"
	createCustomer = "POST /v1/customers"
	sendMail       = "POST /v2/email/outbound-emails"
)

// TestDiagram1Registration replays the first sequence diagram.
func TestDiagram1Registration(t *testing.T) {
	d := newDiagram(t, "1 · Registration")
	b := d.l.browser()
	p := person{email: "dora@example.com"}
	var up struct{ Sub string }
	d.hop("browser → Cognito: SignUp", []string{"cognito-idp.SignUp", putItem}, func() error {
		return b.try("signUp", ask{"who": p.email, "password": password, "metadata": terms}, &up)
	})
	p.sub = up.Sub
	d.inside("pre-signup", "Cognito → PreSignUp: the terms are kept", []string{putItem})
	code := d.l.code(p.email, 1)
	d.inside("custom-email-sender", "Cognito → e-mail sender → SES: the code", []string{sendMail})
	d.hop("browser → Cognito: ConfirmSignUp", []string{"cognito-idp.ConfirmSignUp", createCustomer, updateItem}, func() error {
		return b.try("confirm", ask{"who": p.email, "code": code}, nil)
	})
	d.inside("post-confirmation", "Cognito → PostConfirmation → Stripe, DynamoDB", []string{createCustomer, updateItem})
	d.l.wait("the welcome", func() bool { return d.l.welcomes(p.email) == 1 })
	d.inside("welcome-email", "queue → welcome-email → SES", []string{sendMail})
	d.l.settled()
	if err := d.l.whole(p); err != nil {
		t.Error(err)
	}
}

// TestDiagram2Login replays the second sequence diagram, and the first use of
// the tokens.
func TestDiagram2Login(t *testing.T) {
	d := newDiagram(t, "2 · Login and refresh")
	b, s := d.l.browser(), newSteps(t)
	p := d.l.register(s, b, "lola@example.com")
	var in tokens
	d.hop("browser → Cognito: SRP, both halves", []string{"cognito-idp.InitiateAuth"}, func() error {
		return b.try("signIn", ask{"who": p.email, "password": password}, &in)
	})
	d.hop("browser → Cognito: refresh", []string{"cognito-idp.InitiateAuth"}, func() error {
		return b.try("refresh", ask{"who": p.email, "refresh": in.Refresh}, &in)
	})
	for _, what := range []string{"browser → API: GET /api/profile, cold", "browser → API: GET /api/profile, warm"} {
		d.hop(what, []string{"dynamodb.BatchGetItem"}, func() error { return d.l.readsProfile(person{sub: p.sub, email: p.email}, in.Access) })
	}
}
