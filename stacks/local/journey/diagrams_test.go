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
	seen  map[string]int // invocations of each function that have a line, or need none
}

func newDiagram(t *testing.T, title string) *diagram {
	t.Helper()
	table, err := latency.NewTable("p50")
	if err != nil {
		t.Fatal(err)
	}
	d := &diagram{t: t, l: startFleet(t, func(p *stack.Plan) { p.Latency = "p50" }), table: table, seen: map[string]int{}}
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
		all := d.l.invocations()
		found = slices.DeleteFunc(slices.Clone(all), func(i console.Invocation) bool { return i.Function != function || i.Outcome == "running" })
		return len(found) > d.seen[function]
	})
	last := found[0] // the newest
	d.seen[function] = len(found)
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
	getItem        = "dynamodb.GetItem"
	batchGetItem   = "dynamodb.BatchGetItem"
	putItem        = "dynamodb.PutItem"
	updateItem     = "dynamodb.UpdateItem"
	createCustomer = "POST /v1/customers"
	sendMail       = "POST /v2/email/outbound-emails"
)

// warmUp lets somebody else go first, so that the diagram shows a usual day and
// not the first call of each process.
func (d *diagram) warmUp(email string) person {
	d.t.Helper()
	p := person{email: email}
	if err := d.l.signUp(&p); err != nil {
		d.t.Fatal(err)
	}
	if err := d.l.confirm(p, d.l.code(email, 1)); err != nil {
		d.t.Fatal(err)
	}
	d.l.wait("the welcome", func() bool { return d.l.welcomes(email) == 1 })
	d.l.settled()
	for _, i := range d.l.invocations() {
		d.seen[i.Function]++
	}
	return p
}

// TestDiagram1Registration replays the first sequence diagram.
func TestDiagram1Registration(t *testing.T) {
	d := newDiagram(t, "1 · Registration")
	d.warmUp("first@example.com")
	p := person{email: "dora@example.com"}
	d.hop("browser → Cognito: SignUp", []string{"cognito-idp.SignUp", putItem}, func() error { return d.l.signUp(&p) })
	d.inside("pre-signup", "Cognito → PreSignUp: the terms are kept", []string{putItem})
	code := d.l.code(p.email, 1)
	d.inside("custom-email-sender", "Cognito → e-mail sender → SES: the code", []string{putItem, sendMail, updateItem})
	d.hop("browser → Cognito: ConfirmSignUp", []string{"cognito-idp.ConfirmSignUp", getItem, createCustomer, updateItem}, func() error { return d.l.confirm(p, code) })
	d.inside("post-confirmation", "Cognito → PostConfirmation → Stripe, DynamoDB", []string{getItem, createCustomer, updateItem})
	d.l.wait("the welcome", func() bool { return d.l.welcomes(p.email) == 1 })
	d.l.settled()
	d.inside("welcome-email", "queue → welcome-email → SES", []string{batchGetItem, putItem, sendMail, updateItem})
	if err := d.l.whole(p); err != nil {
		t.Error(err)
	}
}

// TestDiagram2Login replays the second sequence diagram, and the first use of
// the tokens. SRP has the browser's own arithmetic in it.
func TestDiagram2Login(t *testing.T) {
	d := newDiagram(t, "2 · Login and refresh")
	b := d.l.browser()
	p := d.warmUp("lola@example.com")
	var in tokens
	d.hop("browser → Cognito: SRP, both halves", []string{"cognito-idp.InitiateAuth"}, func() error {
		return b.try("signIn", ask{"who": p.email, "password": password}, &in)
	})
	d.hop("browser → Cognito: refresh", []string{"cognito-idp.InitiateAuth"}, func() error {
		fresh, err := d.l.refresh(in.Refresh)
		if err == nil {
			in.Access = *fresh.AccessToken
		}
		return err
	})
	for _, what := range []string{"browser → API: GET /api/profile, cold", "browser → API: GET /api/profile, warm"} {
		d.hop(what, []string{batchGetItem}, func() error { return d.l.readsProfile(p, in.Access) })
	}
}
