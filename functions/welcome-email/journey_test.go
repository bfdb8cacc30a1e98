package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/profiletest"
)

// worker is the function behind its queue.
type worker struct {
	*profiletest.World
	fn  boot.Func
	sub string // the user of this test
}

// inBubble runs body with a worker and one user, in a world of its own.
func inBubble(t *testing.T, c profiletest.Config, body func(*testing.T, *worker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &worker{World: profiletest.New(t, c), sub: "u-" + t.Name()}
		fn, err := w.Process(t, "welcome-email").Start(t.Context(), wire)
		if err != nil {
			t.Fatal(err)
		}
		w.fn = fn
		body(t, w)
		w.Log.Check(t, "Ada", "ada")
	})
}

// settle makes the user's profile, and the row of entitlements if there is one.
func (w *worker) settle(t *testing.T, email string, entitlement map[string]types.AttributeValue) {
	t.Helper()
	rows := profile.Rows{DB: w.DB, Profiles: w.DB.Table("profiles"), Now: w.Now}
	if _, _, err := rows.Create(t.Context(), profile.FromAttributes(map[string]string{"sub": w.sub, "email": email, "name": "Ada"})); err != nil {
		t.Fatal(err)
	}
	if entitlement != nil {
		entitlement["cognito_sub"] = str(w.sub)
		w.put(t, "entitlements", entitlement)
	}
}

func (w *worker) put(t *testing.T, table string, it map[string]types.AttributeValue) {
	t.Helper()
	if _, err := w.DB.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.DB.Table(table)), Item: it}); err != nil {
		t.Fatal(err)
	}
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// send puts messages into the queue.
func (w *worker) send(t *testing.T, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if _, err := w.AWS.SQS.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: "welcome", MessageBody: body}); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *worker) ask() string { return `{"sub":"` + w.sub + `"}` }

// poll does what Lambda does with the queue: it hands batches over and deletes
// the messages that did not fail, until none has come for wait.
func (w *worker) poll(t *testing.T, wait time.Duration) {
	t.Helper()
	end := time.Now().Add(wait)
	for time.Now().Before(end) {
		out, err := w.AWS.SQS.ReceiveMessage(t.Context(), awstest.ReceiveInput{QueueURL: "welcome", MaxNumberOfMessages: aws.Int(10), WaitTimeSeconds: aws.Int(20)})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			continue
		}
		end = time.Now().Add(wait)
		failed, err := w.hand(t, out.Messages)
		for _, m := range out.Messages {
			if err != nil || slices.Contains(failed, m.MessageID) {
				continue
			}
			if err := w.AWS.SQS.DeleteMessage(t.Context(), awstest.ReceiptRef{QueueURL: "welcome", ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// hand gives a batch to the function and returns the ids of the messages that
// failed.
func (w *worker) hand(t *testing.T, messages []awstest.ReceivedMessage) ([]string, error) {
	t.Helper()
	var records []map[string]string
	for _, m := range messages {
		records = append(records, map[string]string{"messageId": m.MessageID, "receiptHandle": m.ReceiptHandle, "body": m.Body, "eventSource": "aws:sqs"})
	}
	event, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	out, err := w.fn(ctx, event)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range out.(failures).Items {
		ids = append(ids, f.ID)
	}
	return ids, nil
}

// left counts the messages in a queue.
func (w *worker) left(t *testing.T, queue string) string {
	t.Helper()
	out, err := w.AWS.SQS.GetQueueAttributes(t.Context(), awstest.QueueAttributesInput{QueueURL: queue, AttributeNames: []string{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes["ApproximateNumberOfMessages"] + "+" + out.Attributes["ApproximateNumberOfMessagesNotVisible"]
}

// want holds the world against what should be: mails sent, with one of the texts
// in each, and messages left and dead.
func (w *worker) want(t *testing.T, mails int, text, live, dead string) {
	t.Helper()
	sent := w.AWS.SES.Messages()
	if len(sent) != mails {
		t.Errorf("%d mails sent, want %d\n%s", len(sent), mails, w.Log)
	}
	for _, m := range sent {
		if body, _ := json.Marshal(m); !strings.Contains(string(body), text) {
			t.Errorf("the mail does not say %q: %s", text, body)
		}
	}
	if got := w.left(t, "welcome"); got != live {
		t.Errorf("queue holds %s, want %s", got, live)
	}
	if got := w.left(t, "welcome-dead"); got != dead {
		t.Errorf("dead letters are %s, want %s", got, dead)
	}
}

func TestJourneys(t *testing.T) {
	t.Parallel()
	paid := func() map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"tier": str("pro"), "status": str("active"), "entitled_until": &types.AttributeValueMemberN{Value: "4102444800"}}
	}
	tests := []struct {
		name  string
		do    func(*testing.T, *worker)
		mails int
		text  string
		dead  string // "0+0" if empty
	}{
		{name: "a user on the free plan", mails: 1, text: "Ada", do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", nil)
			w.send(t, w.ask())
		}},
		{name: "a user on Pro", mails: 1, text: "Pro", do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", paid())
			w.send(t, w.ask())
		}},
		{name: "three triggers asked", mails: 1, do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", nil)
			w.send(t, w.ask(), w.ask(), w.ask())
		}},
		{name: "asked again a day later", mails: 1, do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", nil)
			w.send(t, w.ask())
			w.poll(t, 24*time.Hour)
			w.send(t, w.ask())
		}},
		{name: "an address that bounced", mails: 0, do: func(t *testing.T, w *worker) {
			w.settle(t, "bounced@example.com", nil)
			w.put(t, "suppressions", map[string]types.AttributeValue{"email_hash": str(mail.AddressHash("bounced@example.com")), "reason": str("bounce")})
			w.send(t, w.ask())
		}},
		{name: "poison beside a good message", mails: 1, dead: "2+0", do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", nil)
			w.send(t, "hello", w.ask(), `{"sub":""}`)
		}},
		{name: "a row that never comes", mails: 0, dead: "1+0", do: func(t *testing.T, w *worker) { w.send(t, w.ask()) }},
		{name: "a row that comes later", mails: 1, do: func(t *testing.T, w *worker) {
			w.send(t, w.ask())
			w.poll(t, time.Minute)
			w.settle(t, "ada@example.com", nil)
		}},
		{name: "SES throttles for a while", mails: 1, do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", nil)
			w.Make(profiletest.Trouble{Call: "ses", Code: "TooManyRequestsException", Times: 7})
			w.send(t, w.ask())
		}},
		{name: "SES is down for good", mails: 0, dead: "1+0", do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", nil)
			w.Make(profiletest.Trouble{Call: "ses"})
			w.send(t, w.ask())
		}},
		{name: "DynamoDB is down for a while", mails: 1, do: func(t *testing.T, w *worker) {
			w.settle(t, "ada@example.com", nil)
			w.Make(profiletest.Trouble{Call: "dynamodb", Times: 9})
			w.send(t, w.ask())
		}},
	}
	shared := profiletest.Shared(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, shared, func(t *testing.T, w *worker) {
				tt.do(t, w)
				w.poll(t, time.Hour)
				dead := tt.dead
				if dead == "" {
					dead = "0+0"
				}
				w.want(t, tt.mails, tt.text, "0+0", dead)
			})
		})
	}
}

func TestRunsAtOnceSendOneMail(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	inBubble(t, shared, func(t *testing.T, w *worker) {
		w.settle(t, "ada@example.com", nil)
		other, err := w.Process(t, "welcome-email").Start(t.Context(), wire)
		if err != nil {
			t.Fatal(err)
		}
		one := json.RawMessage(`{"Records":[{"messageId":"m1","body":"{\"sub\":\"` + strings.ReplaceAll(w.sub, `"`, "") + `\"}"}]}`)
		done := make(chan error, 8)
		for i := range 8 {
			fn := []boot.Func{w.fn, other}[i%2]
			go func() {
				_, err := fn(t.Context(), one)
				done <- err
			}()
		}
		for range 8 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if n := len(w.AWS.SES.Messages()); n != 1 {
			t.Errorf("%d mails from eight runs of two processes, want 1", n)
		}
	})
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := boot.NewProcess("welcome-email", func(string) (string, bool) { return "", false }, &profiletest.Log{})
	_, err := p.Start(t.Context(), wire)
	if !errors.Is(err, boot.ErrConfiguration) {
		t.Fatalf("Start = %v, want ErrConfiguration", err)
	}
	for _, name := range []string{"TABLE_PROFILES", "TABLE_ENTITLEMENTS", "TABLE_MAILS", "TABLE_SUPPRESSIONS"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("Start = %q, want it to name %s", err, name)
		}
	}
}
