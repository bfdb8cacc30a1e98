package awstest_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/awstest"
)

func TestSNSDeliversToEverySubscriber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := sns.NewFromConfig(w.sdk)
	topic := check(client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("ses-events")}))(t).TopicArn
	queue := check(w.SQS.CreateQueue(t.Context(), awstest.CreateQueueInput{QueueName: "copies"}))(t).QueueURL
	raw := check(w.SQS.CreateQueue(t.Context(), awstest.CreateQueueInput{QueueName: "raw"}))(t).QueueURL
	var mu sync.Mutex
	called := map[string]events.SNSEvent{}
	w.SNS.Lambda = func(_ context.Context, arn string, event json.RawMessage) error {
		mu.Lock()
		defer mu.Unlock()
		var e events.SNSEvent
		err := json.Unmarshal(event, &e)
		called[arn] = e
		return err
	}
	subscribe := func(protocol, endpoint string, attributes map[string]string) string {
		t.Helper()
		return *check(client.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes}))(t).SubscriptionArn
	}
	first := subscribe("lambda", "arn:aws:lambda:us-east-2:000000000000:function:ses-events", nil)
	if again := subscribe("lambda", "arn:aws:lambda:us-east-2:000000000000:function:ses-events", nil); again != first {
		t.Errorf("the same subscription twice = %q and %q, want one", first, again)
	}
	subscribe("sqs", "arn:aws:sqs:us-east-2:000000000000:copies", nil)
	subscribe("sqs", "arn:aws:sqs:us-east-2:000000000000:raw", map[string]string{"RawMessageDelivery": "true"})

	id := check(client.Publish(t.Context(), &sns.PublishInput{
		TopicArn: topic, Message: aws.String(`{"a":1}`), Subject: aws.String("S"),
		MessageAttributes: map[string]types.MessageAttributeValue{"kind": {DataType: aws.String("String"), StringValue: aws.String("bounce")}},
	}))(t).MessageId
	w.SNS.Wait()

	got := called["arn:aws:lambda:us-east-2:000000000000:function:ses-events"].Records
	if len(got) != 1 || got[0].SNS.MessageID != *id || got[0].SNS.Message != `{"a":1}` || got[0].EventSubscriptionArn != first {
		t.Fatalf("Lambda got %+v, want the one message %s", got, *id)
	}
	if want := any(map[string]any{"Type": "String", "Value": "bounce"}); !cmp.Equal(got[0].SNS.MessageAttributes["kind"], want) {
		t.Errorf("attribute = %v, want %v", got[0].SNS.MessageAttributes["kind"], want)
	}
	if body := receiveOne(t, w, raw).Body; body != `{"a":1}` {
		t.Errorf("raw queue got %q, want the message itself", body)
	}
	var envelope struct{ Type, Message, Subject, TopicArn string }
	if err := json.Unmarshal([]byte(receiveOne(t, w, queue).Body), &envelope); err != nil || envelope.Message != `{"a":1}` || envelope.TopicArn != *topic {
		t.Errorf("queue got %+v, %v, want the message in its envelope", envelope, err)
	}
}

// receiveOne takes one message from a queue by Go calls.
func receiveOne(t *testing.T, w world, url string) awstest.ReceivedMessage {
	t.Helper()
	out := check(w.SQS.ReceiveMessage(t.Context(), awstest.ReceiveInput{QueueURL: url}))(t)
	if len(out.Messages) != 1 {
		t.Fatalf("%s gave %d messages, want 1", url, len(out.Messages))
	}
	return out.Messages[0]
}

func TestSNSRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := sns.NewFromConfig(w.sdk)
	topic := check(client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")}))(t).TopicArn
	none := aws.String("arn:aws:sns:us-east-2:000000000000:none")
	tests := []struct {
		name string
		call func() error
		want string
	}{
		{name: "a topic's name with a space", want: "InvalidParameter", call: func() error {
			_, err := client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("a b")})
			return err
		}},
		{name: "a message for no topic", want: "NotFound", call: func() error {
			_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: none, Message: aws.String("x")})
			return err
		}},
		{name: "an empty message", want: "InvalidParameter", call: func() error {
			_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: topic, Message: aws.String("")})
			return err
		}},
		{name: "a message over 256 KiB", want: "InvalidParameter", call: func() error {
			_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: topic, Message: aws.String(strings.Repeat("x", 256<<10+1))})
			return err
		}},
		{name: "a subscription to no topic", want: "NotFound", call: func() error {
			_, err := client.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: none, Protocol: aws.String("sqs"), Endpoint: aws.String("q")})
			return err
		}},
		{name: "a subscription by letter", want: "InvalidParameter", call: func() error {
			_, err := client.Subscribe(t.Context(), &sns.SubscribeInput{TopicArn: topic, Protocol: aws.String("letter"), Endpoint: aws.String("q")})
			return err
		}},
		{name: "an action it does not serve", want: "InvalidAction", call: func() error {
			_, err := client.GetSMSAttributes(t.Context(), &sns.GetSMSAttributesInput{})
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
	if _, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: none, Message: aws.String("x")}); !errors.As(err, new(*types.NotFoundException)) {
		t.Errorf("Publish to no topic: error = %v, want the SDK's NotFoundException", err)
	}
}

func TestSNSForgetsTopicsAndSubscriptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := sns.NewFromConfig(w.sdk)
	topic := check(client.CreateTopic(t.Context(), &sns.CreateTopicInput{Name: aws.String("t")}))(t).TopicArn
	calls := 0
	arn := check(w.SNS.SubscribeFunc(*topic, func(context.Context, awstest.Notification) error { calls++; return nil }))(t)
	publish := func() error {
		_, err := client.Publish(t.Context(), &sns.PublishInput{TopicArn: topic, Message: aws.String("x")})
		w.SNS.Wait()
		return err
	}
	if err := publish(); err != nil || calls != 1 {
		t.Fatalf("Publish: %v, %d calls, want 1", err, calls)
	}
	check(client.Unsubscribe(t.Context(), &sns.UnsubscribeInput{SubscriptionArn: &arn}))(t)
	if err := publish(); err != nil || calls != 1 {
		t.Errorf("Publish after Unsubscribe: %v, %d calls, want still 1", err, calls)
	}
	if got := check(client.ListTopics(t.Context(), &sns.ListTopicsInput{}))(t).Topics; len(got) != 1 || *got[0].TopicArn != *topic {
		t.Errorf("ListTopics = %+v, want %s", got, *topic)
	}
	check(client.DeleteTopic(t.Context(), &sns.DeleteTopicInput{TopicArn: topic}))(t)
	if err := publish(); codeOf(t, err) != "NotFound" {
		t.Errorf("Publish after DeleteTopic: error = %v, want NotFound", err)
	}
}
