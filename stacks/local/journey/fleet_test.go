package journey_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/stack"
)

// terms is what a client sends with the accepted terms.
var terms = map[string]string{"tos_accepted": "true", "tos_version": "2026-06-01"}

// password satisfies the pool's policy.
const password = "Correct-Horse-7!"

// starting lets one fleet start at a time: they share the folder of binaries.
var starting sync.Mutex

// local is a running fleet and what a test asks of it.
type local struct {
	*stack.Stack
	t    testing.TB
	http *http.Client
}

// startFleet starts a whole fleet on free ports, for this test alone.
func startFleet(t testing.TB, change func(*stack.Plan)) *local {
	t.Helper()
	root := dynamotest.Root(t)
	plan := stack.Plan{Root: root, Home: filepath.Join(root, ".local", "journey")}
	if change != nil {
		change(&plan)
	}
	if _, said := plan.Env["GOOGLE_PUSH_URL"]; !said { // a change looks at its calendar in the midst of a journey about something else
		plan.Env = maps.Clone(plan.Env)
		if plan.Env == nil {
			plan.Env = map[string]string{}
		}
		plan.Env["GOOGLE_PUSH_URL"] = "off"
	}
	starting.Lock()
	defer starting.Unlock()
	s, err := stack.Start(t.Context(), plan)
	if err != nil {
		t.Fatal(stack.Describe(err))
	}
	l := &local{Stack: s, t: t, http: &http.Client{Timeout: 30 * time.Second, Transport: contract(t, s.URL("edge"))}}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		l.scrubbed(ctx)
		if err := s.Stop(ctx); err != nil {
			t.Errorf("stop the fleet: %v", err)
		}
	})
	return l
}

// browser opens a browser on the fleet's pool.
func (l *local) browser() *browser {
	l.t.Helper()
	return openBrowser(l.t, l.URL("aws")+"/", stack.PoolID, stack.ClientID)
}

// answer is what the API answered.
type answer struct {
	Status int
	Header http.Header
	Body   string
}

// field returns a field of the JSON body, "" when it is absent.
func (a answer) field(name string) string {
	var fields map[string]any
	if err := json.Unmarshal([]byte(a.Body), &fields); err != nil || fields[name] == nil {
		return ""
	}
	return fmt.Sprint(fields[name])
}

// call makes a request at the edge, as a browser would.
func (l *local) call(method, path, token string, body io.Reader) answer {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), method, l.URL("edge")+path, body)
	if err != nil {
		l.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := l.http.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// profile reads the caller's profile.
func (l *local) profile(token string) answer {
	l.t.Helper()
	return l.call(http.MethodGet, "/api/profile", token, nil)
}

// mails reads the inbox and returns what was sent to one person, newest first.
func (l *local) mails(who string) []awstest.Message {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodGet, l.URL("inbox")+"/api/messages", nil)
	if err != nil {
		l.t.Fatal(err)
	}
	resp, err := l.http.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var inbox struct{ Messages []awstest.Message }
	if err := json.NewDecoder(resp.Body).Decode(&inbox); err != nil {
		l.t.Fatal(err)
	}
	var out []awstest.Message
	for _, m := range inbox.Messages {
		if strings.EqualFold(strings.Join(m.To, " "), who) {
			out = append(out, m)
		}
	}
	return out
}

// sixDigits is a code, as a person finds it in a mail.
var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// code waits for the nth mail with a code to a person, the first being 1, and
// returns the code.
func (l *local) code(who string, n int) string {
	l.t.Helper()
	var codes []string
	l.wait(fmt.Sprintf("mail %d with a code", n), func() bool {
		codes = nil
		for _, m := range l.mails(who) {
			if c := sixDigits.FindString(m.Text); c != "" {
				codes = append(codes, c)
			}
		}
		return len(codes) >= n
	})
	return codes[len(codes)-n]
}

// welcomes counts the welcome mails of a person.
func (l *local) welcomes(who string) (n int) {
	l.t.Helper()
	for _, m := range l.mails(who) {
		if m.ConfigurationSet == "product" {
			n++
		}
	}
	return n
}

// wait looks until something is so, for at most 30 seconds.
func (l *local) wait(what string, so func() bool) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(l.t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			l.t.Fatalf("%s: still not there after 30 s", what)
		}
	}
}

// customers counts the Stripe customers of a sub.
func (l *local) customers(sub string) (n int) {
	for _, c := range l.Stripe.Customers() {
		if c.Metadata["cognito_sub"] == sub {
			n++
		}
	}
	return n
}

// newCustomers counts the Stripe customers besides the one of the old system,
// who was there before the fleet.
func (l *local) newCustomers() (n int) {
	for _, c := range l.Stripe.Customers() {
		if c.Email != stack.LegacyEmail {
			n++
		}
	}
	return n
}

// rows returns a user's rows in a table.
func (l *local) rows(table, sub string) []map[string]types.AttributeValue {
	l.t.Helper()
	out, err := dynamotest.NewClient(l.URL("aws")).Query(l.t.Context(), &dynamodb.QueryInput{
		TableName: &table, KeyConditionExpression: aws.String("cognito_sub = :sub"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: map[string]types.AttributeValue{":sub": &types.AttributeValueMemberS{Value: sub}},
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return out.Items
}

// text returns a string attribute of a user's only row in a table.
func (l *local) text(table, sub, attribute string) string {
	l.t.Helper()
	rows := l.rows(table, sub)
	if len(rows) != 1 {
		return ""
	}
	s, ok := rows[0][attribute].(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

// settled waits until no function works and no queue holds a message.
func (l *local) settled() {
	l.t.Helper()
	l.wait("rest in the fleet", func() bool {
		for _, q := range fleet.Queues() {
			if l.queued(q.Name) > 0 {
				return false
			}
		}
		return l.idle()
	})
}

// idle tells whether no function works.
func (l *local) idle() bool {
	for _, p := range l.Host.Pools() {
		if p.Busy > 0 {
			return false
		}
	}
	return true
}
