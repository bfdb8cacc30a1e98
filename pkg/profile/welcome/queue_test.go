package welcome_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/profile/welcome"
)

// box keeps the last message sent, or fails.
type box struct {
	in  *sqs.SendMessageInput
	err error
}

func (b *box) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	b.in = in
	return &sqs.SendMessageOutput{}, b.err
}

func TestSendIsReadBack(t *testing.T) {
	t.Parallel()
	var b box
	if err := (welcome.Queue{SQS: &b, URL: "https://sqs/welcome"}).Send(t.Context(), "u1"); err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(b.in.QueueUrl); got != "https://sqs/welcome" {
		t.Errorf("sent to %q", got)
	}
	if b.in.DelaySeconds < 1 {
		t.Errorf("sent without delay: the worker would be before the row")
	}
	m, err := welcome.Parse(aws.ToString(b.in.MessageBody))
	if err != nil || m != (welcome.Message{Sub: "u1"}) {
		t.Errorf("Parse(%q) = %+v, %v, want u1", aws.ToString(b.in.MessageBody), m, err)
	}
}

func TestSendTellsOfAFailure(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	err := welcome.Queue{SQS: &box{err: down}, URL: "https://sqs/welcome"}.Send(t.Context(), "u1")
	if !errors.Is(err, down) || !strings.Contains(err.Error(), "u1") {
		t.Errorf("Send = %v, want the cause and the user", err)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", "null", "{}", "[]", `"u1"`, `{"sub":""}`, `{"sub":7}`, `{"sub":"u1"`, "\xff"} {
		if m, err := welcome.Parse(body); !errors.Is(err, welcome.ErrMessage) {
			t.Errorf("Parse(%q) = %+v, %v, want ErrMessage", body, m, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"sub":"u1"}`)
	f.Add(`{"sub":null,"SUB":"u2"}`)
	f.Fuzz(func(t *testing.T, body string) {
		m, err := welcome.Parse(body)
		if (err == nil) != (m.Sub != "") {
			t.Errorf("Parse(%q) = %+v, %v", body, m, err)
		}
	})
}
