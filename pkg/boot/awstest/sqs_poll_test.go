package awstest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"callanalyst/pkg/boot/awstest"
)

// TestSQSLongPoll runs on synctest's clock, so that the waits are exact.
func TestSQSLongPoll(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before func(*testing.T, *awstest.SQS, string)
		want   string
		after  time.Duration
	}{
		{name: "nothing comes", after: 20 * time.Second, before: func(*testing.T, *awstest.SQS, string) {}},
		{name: "a message comes", want: "x", after: 3 * time.Second, before: func(t *testing.T, s *awstest.SQS, url string) {
			go func() {
				<-time.After(3 * time.Second)
				check(s.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: url, MessageBody: "x"}))(t)
			}()
		}},
		{name: "a delayed message becomes visible", want: "x", after: 7 * time.Second, before: func(t *testing.T, s *awstest.SQS, url string) {
			check(s.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: url, MessageBody: "x", DelaySeconds: aws.Int(7)}))(t)
		}},
		{name: "a message in flight comes back", want: "x", after: 4 * time.Second, before: func(t *testing.T, s *awstest.SQS, url string) {
			check(s.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: url, MessageBody: "x"}))(t)
			check(s.ReceiveMessage(t.Context(), awstest.ReceiveInput{QueueURL: url, VisibilityTimeout: aws.Int(4)}))(t)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := awstest.NewSQS(awstest.Config{})
				url := check(s.CreateQueue(t.Context(), awstest.CreateQueueInput{QueueName: "q"}))(t).QueueURL
				tt.before(t, s, url)
				start := time.Now()
				out := check(s.ReceiveMessage(t.Context(), awstest.ReceiveInput{QueueURL: url, WaitTimeSeconds: aws.Int(20)}))(t)
				got := ""
				for _, m := range out.Messages {
					got += m.Body
				}
				if took := time.Since(start); got != tt.want || took != tt.after {
					t.Errorf("ReceiveMessage = %q after %v, want %q after %v", got, took, tt.want, tt.after)
				}
			})
		})
	}
}

func TestSQSLongPollEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := awstest.NewSQS(awstest.Config{})
		url := check(s.CreateQueue(t.Context(), awstest.CreateQueueInput{QueueName: "q", Attributes: map[string]string{"ReceiveMessageWaitTimeSeconds": "20"}}))(t).QueueURL
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.ReceiveMessage(ctx, awstest.ReceiveInput{QueueURL: url}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ReceiveMessage whose caller left: error = %v, want the deadline's", err)
		}
	})
}

func TestSQSTickWakesReceiversOfAHandSetClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		s := awstest.NewSQS(awstest.Config{Now: c.Now})
		url := check(s.CreateQueue(t.Context(), awstest.CreateQueueInput{QueueName: "q"}))(t).QueueURL
		check(s.SendMessage(t.Context(), awstest.SendMessageInput{QueueURL: url, MessageBody: "x", DelaySeconds: aws.Int(900)}))(t)
		start := time.Now()
		go func() {
			<-time.After(time.Second)
			c.Add(15 * time.Minute)
			s.Tick()
		}()
		out := check(s.ReceiveMessage(t.Context(), awstest.ReceiveInput{QueueURL: url, WaitTimeSeconds: aws.Int(20)}))(t)
		if len(out.Messages) != 1 || time.Since(start) != time.Second {
			t.Errorf("received %d messages after %v, want 1 after 1s", len(out.Messages), time.Since(start))
		}
	})
}
