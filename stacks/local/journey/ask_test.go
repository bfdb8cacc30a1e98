package journey_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/ask/llmtest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
)

// The users of these journeys.
const (
	reader  = "0a5c0000-0000-4000-8000-000000000001"
	crowd   = "0a5c0000-0000-4000-8000-000000000002"
	victim  = "0a5c0000-0000-4000-8000-000000000003"
	patient = "0a5c0000-0000-4000-8000-000000000004"
)

// subscriber is a user with a row that a subscription has written, and a token.
func (l *local) subscriber(sub string, used int) (token string) {
	l.t.Helper()
	token, _, err := l.Cognito.Issue(sub)
	if err != nil {
		l.t.Fatal(err)
	}
	l.put("entitlements", map[string]any{
		"cognito_sub": sub, "tos_version": terms["tos_version"], "tier": "pro", "status": "active", "ask_limit": 1000, "ask_used": used,
		"usage_period": entitlement.Period(time.Now()), "entitled_until": int(time.Now().Add(24 * time.Hour).Unix()),
	})
	return token
}

// put writes a row; ints become numbers.
func (l *local) put(table string, row map[string]any) {
	l.t.Helper()
	item := map[string]types.AttributeValue{}
	for k, v := range row {
		item[k] = &types.AttributeValueMemberS{Value: fmt.Sprint(v)}
		if n, ok := v.(int); ok {
			item[k] = &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
		}
	}
	db := dynamotest.NewClient(l.URL("aws"))
	if _, err := db.PutItem(l.t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item}); err != nil {
		l.t.Fatal(err)
	}
}

// counter reads a number of the user's entitlements row.
func (l *local) counter(sub, attr string) string {
	l.t.Helper()
	n, _ := l.rows("entitlements", sub)[0][attr].(*types.AttributeValueMemberN)
	if n == nil {
		return ""
	}
	return n.Value
}

// ask begins a question and returns the answer as it comes.
func (l *local) ask(token, body string) *http.Response {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.URL("edge")+"/api/ask", strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := l.http.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// pass hands a token over, and fails when nobody takes it.
func (l *local) pass(to chan<- struct{}, waitingFor string) {
	l.t.Helper()
	select {
	case to <- struct{}{}:
	case <-time.After(20 * time.Second):
		l.t.Fatalf("waited 20 s for %s", waitingFor)
	}
}

// TestDeltasArriveAsTheyAreWritten lets the model write the next word only when
// the client has read the one before: an answer that is gathered anywhere on its
// way would never end.
func TestDeltasArriveAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	l, s := startFleet(t, nil), newSteps(t)
	token := l.subscriber(reader, 0)
	said := []string{"Zwölf ", "\"Boxkämpfer\"\n", "jagen 🙂 "}
	read := make(chan struct{})
	l.Models.Sleep = func(_ time.Duration, done <-chan struct{}) {
		select {
		case <-read:
		case <-done:
		}
	}
	l.Models.Next("anthropic", llmtest.Script{Each: time.Nanosecond, Deltas: said})

	var lines *bufio.Scanner
	s.do("ask; the model may say its first word", func() {
		first := make(chan *http.Response, 1)
		go func() { first <- l.ask(token, `{"question":"Why?"}`) }()
		l.pass(read, "the model to begin")
		resp := <-first
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream; charset=utf-8" {
			t.Fatalf("answered %d %q", resp.StatusCode, resp.Header.Get("Content-Type"))
		}
		lines = bufio.NewScanner(resp.Body)
	})
	for i, word := range said {
		s.do(fmt.Sprintf("read word %d before the next is written", i+1), func() {
			want := "data: " + `{"text":` + strconv.Quote(word) + `}`
			for lines.Scan() && lines.Text() != want {
			}
			if lines.Text() != want {
				t.Fatalf("the stream ended before %q", want)
			}
			if i+1 < len(said) {
				l.pass(read, "the model to wait for the next word")
			}
		})
	}
	s.do("read the end", func() {
		var last string
		for lines.Scan() {
			last += lines.Text() + "\n"
		}
		if !strings.Contains(last, `"remaining":999`) || !strings.HasSuffix(last, "event: done\ndata: {\"stop_reason\":\"end_turn\"}\n\n") {
			t.Errorf("the stream ends %q", last)
		}
	})
}

// TestTwoHundredQuestionsWithTwentyFiveLeft asks through the whole fleet, each
// question in a process of its own.
func TestTwoHundredQuestionsWithTwentyFiveLeft(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	token := l.subscriber(crowd, 975)
	var mu sync.Mutex
	got := map[string]int{}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			a := l.call(http.MethodPost, "/api/ask", token, strings.NewReader(`{"question":"Why?"}`))
			key := fmt.Sprint(a.Status, " ", a.field("code"))
			if a.Status == http.StatusOK && strings.Contains(a.Body, "event: done") {
				key = "whole"
			}
			mu.Lock()
			defer mu.Unlock()
			got[key]++
		})
	}
	wg.Wait()
	if got["whole"] != 25 || got["429 QUOTA_EXCEEDED"] != 175 {
		t.Errorf("outcomes %v, want 25 whole answers and 175 QUOTA_EXCEEDED", got)
	}
	if used := l.counter(crowd, "ask_used"); used != "1000" {
		t.Errorf("ask_used = %s, want 1000", used)
	}
}

// TestAKilledAnswer kills the function in the middle of an answer: the client
// sees a broken stream and no end, the question stays counted, and its place is
// held no longer than the function could have run.
func TestAKilledAnswer(t *testing.T) {
	t.Parallel()
	l, s := startFleet(t, nil), newSteps(t)
	token := l.subscriber(victim, 0)
	l.Models.Next("anthropic", llmtest.Script{Fault: llmtest.Hang, Deltas: []string{"Once "}})
	resp := l.ask(token, `{"question":"Tell me a story."}`)
	body := bufio.NewReader(resp.Body)
	s.do("read the first word", func() {
		for {
			line, err := body.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(line, "Once") {
				return
			}
		}
	})
	s.do("kill -9 ask; the stream breaks off without an end", func() {
		l.kill("ask")
		rest, err := io.ReadAll(body)
		if err == nil || strings.Contains(string(rest), "event: done") {
			t.Errorf("the rest is %q, %v, want an error and no end", rest, err)
		}
	})
	s.check("the question stays counted", func() error {
		if used := l.counter(victim, "ask_used"); used != "1" {
			return fmt.Errorf("ask_used = %s, want 1", used)
		}
		return nil
	})
	s.check("its place runs out with the function's own time", func() error {
		held, _, _ := strings.Cut(l.text("entitlements", victim, "ask_running_0"), "#")
		until, err := strconv.ParseInt(strings.TrimLeft(held, "0"), 10, 64)
		if err != nil || time.Until(time.UnixMilli(until)) > 2*time.Minute {
			return fmt.Errorf("held until %q, want at most two minutes from now: %w", held, err)
		}
		return nil
	})
	s.check("the next question is answered", func() error {
		return statusOf(l.call(http.MethodPost, "/api/ask", token, strings.NewReader(`{"question":"Why?"}`)), http.StatusOK)
	})
}

// TestTheSecondVendorStepsIn and the other faults are seen from the outside here;
// package ask has the whole table.
func TestTheSecondVendorStepsIn(t *testing.T) {
	t.Parallel()
	l, s := startFleet(t, nil), newSteps(t)
	token := l.subscriber(patient, 0)
	s.check("the first vendor is overloaded", func() error {
		l.Models.Next("anthropic", llmtest.Script{Fault: llmtest.Overloaded})
		a := l.call(http.MethodPost, "/api/ask", token, strings.NewReader(`{"question":"Why?"}`))
		if !strings.Contains(a.Body, `"provider":"openai"`) || !strings.Contains(a.Body, "event: done") {
			return fmt.Errorf("answered %d %s", a.Status, a.Body)
		}
		return nil
	})
	s.check("both are down: refused, with a time to retry, and not counted", func() error {
		l.Models.Next("anthropic", llmtest.Script{Fault: llmtest.Overloaded})
		l.Models.Next("openai", llmtest.Script{Fault: llmtest.Error500})
		a := l.call(http.MethodPost, "/api/ask", token, strings.NewReader(`{"question":"Why?"}`))
		if a.Status != http.StatusServiceUnavailable || a.field("code") != "UPSTREAM_UNAVAILABLE" || a.Header.Get("Retry-After") == "" {
			return fmt.Errorf("answered %d %s %v", a.Status, a.Body, a.Header)
		}
		if used := l.counter(patient, "ask_used"); used != "1" {
			return fmt.Errorf("ask_used = %s, want 1", used)
		}
		return nil
	})
	s.check("the vendor stops in the middle: an error event, and counted", func() error {
		l.Models.Next("anthropic", llmtest.Script{Fault: llmtest.EarlyEnd, Deltas: []string{"Half "}})
		a := l.call(http.MethodPost, "/api/ask", token, strings.NewReader(`{"question":"Why?"}`))
		if a.Status != http.StatusOK || !strings.Contains(a.Body, "event: error") || strings.Contains(a.Body, "event: done") {
			return fmt.Errorf("answered %d %s", a.Status, a.Body)
		}
		if used := l.counter(patient, "ask_used"); used != "2" {
			return fmt.Errorf("ask_used = %s, want 2", used)
		}
		return nil
	})
}
