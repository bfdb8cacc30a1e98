package main

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/mail/suppress"
	"callanalyst/pkg/profile/profiletest"
	"callanalyst/pkg/rest"
)

// world is the endpoint, wired as on Lambda.
type world struct {
	*profiletest.World
	fn boot.Func
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := profiletest.New(t, profiletest.Shared(t))
	fn, err := w.Process(t, "mail-status").Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	return &world{w, fn}
}

// ask asks from a visitor's network.
func (w *world) ask(t *testing.T, visitor, body string) rest.Answer {
	t.Helper()
	event, err := json.Marshal(map[string]any{
		"httpMethod": "POST", "path": "/api/mail/status", "body": body, "headers": map[string]string{"X-Forwarded-For": visitor + ", 64.252.171.88"},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.fn(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return out.(rest.Answer)
}

// bounced puts an address on the list.
func (w *world) bounced(t *testing.T, address string) {
	t.Helper()
	_, err := w.DB.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.DB.Table("suppressions")), Item: map[string]types.AttributeValue{
		"email_hash": &types.AttributeValueMemberS{Value: suppress.Hash(address)}, "reason": &types.AttributeValueMemberS{Value: string(suppress.Bounce)},
	}})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bounced(t, "gone@example.com")
	tests := []struct {
		name, body string
		status     int
		says       string
	}{
		{name: "mail arrives", body: `{"email":"ada@example.com"}`, status: http.StatusOK, says: `{"deliverable":true}`},
		{name: "mail comes back", body: `{"email":"Gone@Example.com"}`, status: http.StatusForbidden, says: `"code":"EMAIL_UNDELIVERABLE"`},
		{name: "no address", body: `{}`, status: http.StatusBadRequest, says: `"code":"INVALID_FIELD"`},
		{name: "half an address", body: `{"email":"ada@"}`, status: http.StatusBadRequest, says: `"code":"INVALID_FIELD"`},
		{name: "the other half", body: `{"email":"@example.com"}`, status: http.StatusBadRequest, says: `"code":"INVALID_FIELD"`},
		{name: "an address too long", body: `{"email":"` + strings.Repeat("a", 250) + `@example.com"}`, status: http.StatusBadRequest, says: `"code":"INVALID_FIELD"`},
		{name: "a number", body: `{"email":7}`, status: http.StatusBadRequest, says: `"code":"INVALID_FIELD"`},
		{name: "no JSON", body: `ada@example.com`, status: http.StatusBadRequest, says: `"code":"INVALID_BODY"`},
		{name: "a novel", body: `{"email":"` + strings.Repeat("a", 2000) + `"}`, status: http.StatusRequestEntityTooLarge, says: `"code":"BODY_TOO_LARGE"`},
	}
	for i, tt := range tests {
		got := w.ask(t, "203.0.113."+string(rune('0'+i)), tt.body)
		if got.Status != tt.status || !strings.Contains(got.Body, tt.says) || strings.Contains(strings.ToLower(got.Body), "@example.com") {
			t.Errorf("%s: %d %s, want %d with %s and no address", tt.name, got.Status, got.Body, tt.status, tt.says)
		}
	}
	w.Log.Check(t, "ada@", "gone@", "Gone@", "203.0.113")
}

// TestItTellsNobodyWhoHasAnAccount asks about somebody who has one and somebody
// who does not: the answers, and what is looked at for them, are the same.
func TestItTellsNobodyWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	username, code := w.SignUp(t, "ada@example.com", "Ada")
	if err := w.Confirm(t, username, code); err != nil {
		t.Fatal(err)
	}
	var answers []rest.Answer
	var calls [][]string
	for _, who := range []string{"ada@example.com", "stranger@example.com"} {
		w.Forget()
		answers = append(answers, w.ask(t, "203.0.113.24", `{"email":"`+who+`"}`))
		seen := map[string]bool{}
		for _, c := range w.Calls() {
			seen[c] = true
		}
		calls = append(calls, slices.Sorted(maps.Keys(seen)))
	}
	if d := cmp.Diff(answers[0], answers[1]); d != "" || answers[0].Status != http.StatusOK {
		t.Errorf("answers differ, with an account - and without +:\n%s", d)
	}
	want := []string{"dynamodb GetItem suppressions", "dynamodb UpdateItem mails"}
	for _, got := range calls {
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("it looks at: want -, got +:\n%s", d)
		}
	}
}

func TestStrangersCannotAskForEver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var last rest.Answer
	for range suppress.Limit + 20 { // a minute may end in between
		if last = w.ask(t, "203.0.113.24", `{"email":"ada@example.com"}`); last.Status != http.StatusOK {
			break
		}
	}
	if last.Status != http.StatusTooManyRequests || !strings.Contains(last.Body, `"code":"RATE_LIMITED"`) || len(last.Headers["Retry-After"]) == 0 {
		t.Errorf("after %d questions: %d %s, want a 429 with Retry-After", suppress.Limit, last.Status, last.Body)
	}
}
