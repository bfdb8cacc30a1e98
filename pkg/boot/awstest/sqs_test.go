package awstest_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// newQueue returns a client and the URL of a queue with the attributes.
func newQueue(t *testing.T, attributes map[string]string) (world, *sqs.Client, *string) {
	t.Helper()
	w := newWorld(t)
	client := sqs.NewFromConfig(w.sdk)
	out := check(client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("welcome"), Attributes: attributes}))(t)
	return w, client, out.QueueUrl
}

// send puts messages into a queue.
func send(t *testing.T, client *sqs.Client, url *string, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		check(client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: &b}))(t)
	}
}

// receive takes up to ten messages with all their attributes.
func receive(t *testing.T, client *sqs.Client, url *string) []types.Message {
	t.Helper()
	return check(client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{
		QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	}))(t).Messages
}

// bodies returns the messages' bodies, joined.
func bodies(messages []types.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, *m.Body)
	}
	return strings.Join(all, " ")
}

func TestSQSHidesAMessageUntilItsTimeout(t *testing.T) {
	t.Parallel()
	w, client, url := newQueue(t, map[string]string{"VisibilityTimeout": "30"})
	send(t, client, url, "one")
	steps := []struct {
		name string
		wait time.Duration
		want string
		seen string // receive count
	}{
		{name: "first receive", want: "one", seen: "1"},
		{name: "at once again"},
		{name: "just before the timeout", wait: 30*time.Second - time.Millisecond},
		{name: "at the timeout", wait: time.Millisecond, want: "one", seen: "2"},
	}
	for _, s := range steps {
		w.clock.Add(s.wait)
		got := receive(t, client, url)
		if bodies(got) != s.want {
			t.Fatalf("%s: received %q, want %q", s.name, bodies(got), s.want)
		}
		if len(got) > 0 && got[0].Attributes["ApproximateReceiveCount"] != s.seen {
			t.Errorf("%s: receive count %s, want %s", s.name, got[0].Attributes["ApproximateReceiveCount"], s.seen)
		}
	}
}

func TestSQSReceiptHandlesGoStale(t *testing.T) {
	t.Parallel()
	w, client, url := newQueue(t, nil)
	send(t, client, url, "one")
	first := *receive(t, client, url)[0].ReceiptHandle
	w.clock.Add(31 * time.Second)
	receive(t, client, url)
	remove := func(handle string) string {
		_, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: &handle})
		return codeOf(t, err)
	}
	if got := remove(first); got != "" {
		t.Errorf("DeleteMessage with a stale handle: %s, want no error", got)
	}
	w.clock.Add(31 * time.Second)
	third := receive(t, client, url)
	if len(third) != 1 {
		t.Fatalf("a stale handle deleted the message")
	}
	w.clock.Add(31 * time.Second)
	if got := remove(*third[0].ReceiptHandle); got != "" {
		t.Errorf("DeleteMessage with the last handle after its timeout: %s, want no error", got)
	}
	if got := receive(t, client, url); len(got) != 0 {
		t.Errorf("received %q after the delete, want nothing", bodies(got))
	}
	if got := remove("nonsense"); got != "ReceiptHandleIsInvalid" {
		t.Errorf("DeleteMessage with nonsense: %q, want ReceiptHandleIsInvalid", got)
	}
}

func TestSQSChangesVisibility(t *testing.T) {
	t.Parallel()
	w, client, url := newQueue(t, nil)
	send(t, client, url, "one")
	handle := receive(t, client, url)[0].ReceiptHandle
	change := func(seconds int32) string {
		_, err := client.ChangeMessageVisibility(t.Context(), &sqs.ChangeMessageVisibilityInput{QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: seconds})
		return codeOf(t, err)
	}
	if got := change(60); got != "" {
		t.Fatal(got)
	}
	w.clock.Add(59 * time.Second)
	if got := receive(t, client, url); len(got) != 0 {
		t.Errorf("received %q before the longer timeout", bodies(got))
	}
	if got := change(0); got != "" {
		t.Fatal(got)
	}
	if got := change(10); got != "AWS.SimpleQueueService.MessageNotInflight" {
		t.Errorf("change of a visible message: %q, want that it is not in flight", got)
	}
	if got := receive(t, client, url); bodies(got) != "one" {
		t.Errorf("received %q after a timeout of 0, want one", bodies(got))
	}
	if got := change(43201); got != "InvalidParameterValue" {
		t.Errorf("change by over 12 hours: %q, want InvalidParameterValue", got)
	}
}

func TestSQSMovesWhatFailsTooOften(t *testing.T) {
	t.Parallel()
	w, client, url := newQueue(t, nil)
	dead := check(client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("welcome-dead")}))(t).QueueUrl
	set := func(policy string) string {
		_, err := client.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: url, Attributes: map[string]string{"RedrivePolicy": policy}})
		return codeOf(t, err)
	}
	arn := check(client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: dead, AttributeNames: []types.QueueAttributeName{"QueueArn"}}))(t).Attributes["QueueArn"]
	for policy, want := range map[string]string{
		`{"deadLetterTargetArn":"arn:aws:sqs:us-east-2:000000000000:none","maxReceiveCount":2}`: "InvalidParameterValue",
		`{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":0}`:                             "InvalidParameterValue",
		`nonsense`: "InvalidParameterValue",
		``:         "",
	} {
		if got := set(policy); got != want {
			t.Errorf("RedrivePolicy %s: %q, want %q", policy, got, want)
		}
	}
	if got := set(`{"deadLetterTargetArn":"` + arn + `","maxReceiveCount":"2"}`); got != "" {
		t.Fatal(got)
	}
	send(t, client, url, "bad")
	for i, want := range []string{"bad", "bad", ""} {
		if got := bodies(receive(t, client, url)); got != want {
			t.Errorf("receive %d = %q, want %q", i+1, got, want)
		}
		w.clock.Add(31 * time.Second)
	}
	if got := bodies(receive(t, client, dead)); got != "bad" {
		t.Errorf("dead-letter queue holds %q, want bad", got)
	}
}

func TestSQSDelaysAndForgets(t *testing.T) {
	t.Parallel()
	w, client, url := newQueue(t, map[string]string{"DelaySeconds": "5", "MessageRetentionPeriod": "60"})
	send(t, client, url, "one")
	check(client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("two"), DelaySeconds: 10}))(t)
	for _, s := range []struct {
		wait time.Duration
		want string
	}{{0, ""}, {5 * time.Second, "one"}, {5 * time.Second, "two"}, {55 * time.Second, ""}} {
		w.clock.Add(s.wait)
		if got := bodies(receive(t, client, url)); got != s.want {
			t.Errorf("after %v more: received %q, want %q", s.wait, got, s.want)
		}
	}
}

func TestSQSCarriesAttributes(t *testing.T) {
	t.Parallel()
	w, client, url := newQueue(t, nil)
	// The SDK compares the checksums of bodies; AWS's own example fixes the one
	// of attributes.
	out := check(client.SendMessage(t.Context(), &sqs.SendMessageInput{
		QueueUrl: url, MessageBody: aws.String("body"),
		MessageAttributes: map[string]types.MessageAttributeValue{
			"trace":  {DataType: aws.String("String"), StringValue: aws.String("abc")},
			"binary": {DataType: aws.String("Binary"), BinaryValue: []byte{1, 2}},
		},
	}))(t)
	got := receive(t, client, url)[0]
	if aws.ToString(got.MessageAttributes["trace"].StringValue) != "abc" || string(got.MessageAttributes["binary"].BinaryValue) != "\x01\x02" {
		t.Errorf("attributes = %+v, want trace and binary", got.MessageAttributes)
	}
	if *got.MD5OfMessageAttributes != *out.MD5OfMessageAttributes || *got.MD5OfBody != "841a2d689ad86bd1611447453c22c6fc" {
		t.Errorf("checksums = %s, %s, want those of the send", *got.MD5OfBody, *got.MD5OfMessageAttributes)
	}
	if want := strconv.FormatInt(w.clock.Now().UnixMilli(), 10); got.Attributes["SentTimestamp"] != want {
		t.Errorf("SentTimestamp = %s, want %s", got.Attributes["SentTimestamp"], want)
	}
}

func TestSQSRefuses(t *testing.T) {
	t.Parallel()
	_, client, url := newQueue(t, nil)
	none := aws.String(strings.Replace(*url, "welcome", "none", 1))
	body := func(s string) error {
		_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: &s})
		return err
	}
	tests := []struct {
		name string
		call func() error
		want string
	}{
		{name: "a megabyte and a byte", want: "InvalidParameterValue", call: func() error { return body(strings.Repeat("x", 1<<20+1)) }},
		{name: "nothing of a megabyte", call: func() error { return body(strings.Repeat("x", 1<<20)) }},
		{name: "an empty body", want: "MissingParameter", call: func() error { return body("") }},
		{name: "a control character", want: "InvalidMessageContents", call: func() error { return body("a\x00b") }},
		{name: "an unknown queue", want: "AWS.SimpleQueueService.NonExistentQueue", call: func() error {
			_, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: none})
			return err
		}},
		{name: "eleven messages at once", want: "InvalidParameterValue", call: func() error {
			_, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, MaxNumberOfMessages: 11})
			return err
		}},
		{name: "a wait of 21 seconds", want: "InvalidParameterValue", call: func() error {
			_, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url, WaitTimeSeconds: 21})
			return err
		}},
		{name: "a delay of 901 seconds", want: "InvalidParameterValue", call: func() error {
			_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("x"), DelaySeconds: 901})
			return err
		}},
		{name: "an attribute nobody knows", want: "InvalidAttributeName", call: func() error {
			_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("b"), Attributes: map[string]string{"Colour": "red"}})
			return err
		}},
		{name: "an attribute out of range", want: "InvalidAttributeValue", call: func() error {
			_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("b"), Attributes: map[string]string{"VisibilityTimeout": "43201"}})
			return err
		}},
		{name: "a queue's name with a space", want: "InvalidParameterValue", call: func() error {
			_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("a b")})
			return err
		}},
		{name: "the same queue with other attributes", want: "QueueAlreadyExists", call: func() error {
			_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("welcome"), Attributes: map[string]string{"VisibilityTimeout": "31"}})
			return err
		}},
		{name: "nothing of the same queue again", call: func() error {
			_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("welcome"), Attributes: map[string]string{"VisibilityTimeout": "30"}})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.call(); codeOf(t, err) != tt.want {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("none")}); !errors.As(err, new(*types.QueueDoesNotExist)) {
		t.Errorf("GetQueueUrl of none: error = %v, want the SDK's QueueDoesNotExist", err)
	}
}

func TestSQSCountsAndPurges(t *testing.T) {
	t.Parallel()
	_, client, url := newQueue(t, nil)
	send(t, client, url, "one", "two", "three")
	check(client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: url, MessageBody: aws.String("later"), DelaySeconds: 9}))(t)
	check(client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: url}))(t)
	counts := func() string {
		a := check(client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: url, AttributeNames: []types.QueueAttributeName{"All"}}))(t).Attributes
		return a["ApproximateNumberOfMessages"] + " " + a["ApproximateNumberOfMessagesNotVisible"] + " " + a["ApproximateNumberOfMessagesDelayed"]
	}
	if got := counts(); got != "2 1 1" {
		t.Errorf("visible, in flight, delayed = %s, want 2 1 1", got)
	}
	check(client.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: url}))(t)
	if got := counts(); got != "0 0 0" {
		t.Errorf("counts after a purge = %s, want zeros", got)
	}
	if got := check(client.ListQueues(t.Context(), &sqs.ListQueuesInput{QueueNamePrefix: aws.String("wel")}))(t).QueueUrls; len(got) != 1 || got[0] != *url {
		t.Errorf("ListQueues = %v, want %s", got, *url)
	}
	check(client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: url}))(t)
	if _, err := client.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("welcome")}); err == nil {
		t.Error("GetQueueUrl finds a deleted queue")
	}
}
