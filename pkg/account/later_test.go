package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/account"
)

// mailbox keeps the last message, or fails.
type mailbox struct {
	last *sqs.SendMessageInput
	err  error
}

func (m *mailbox) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	m.last = in
	return &sqs.SendMessageOutput{}, m.err
}

func TestTheQueueSaysWhoAndNoMore(t *testing.T) {
	t.Parallel()
	var m mailbox
	if err := (account.Queue{SQS: &m, URL: "https://queue"}).Send(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	if got, want := aws.ToString(m.last.MessageBody), `{"sub":"u1"}`; got != want || m.last.DelaySeconds != int32(account.Wait/time.Second) {
		t.Errorf("message %s after %d s, want %s after %s", got, m.last.DelaySeconds, want, account.Wait)
	}
	if sub, err := account.ParseMessage(*m.last.MessageBody); sub != "u1" || err != nil {
		t.Errorf("ParseMessage = %q, %v", sub, err)
	}
	m.err = errDown
	if err := (account.Queue{SQS: &m}).Send(t.Context(), "u1"); !errors.Is(err, errDown) {
		t.Errorf("Send = %v, want the cause", err)
	}
}

func TestParseMessageRefuses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "[]", "{}", `{"sub":""}`, `{"sub":7}`, "hello"} {
		if sub, err := account.ParseMessage(body); sub != "" || !errors.Is(err, account.ErrMessage) {
			t.Errorf("ParseMessage(%q) = %q, %v, want ErrMessage", body, sub, err)
		}
	}
}
