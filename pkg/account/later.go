package account

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/fault"
)

// Wait is how long the message about a deletion stays hidden: longer than the
// function may run that sent it, so that it mostly finds everything done.
const Wait = time.Minute

// ErrMessage reports a message that names nobody. A retry does not help.
var ErrMessage = fault.New(fault.Invalid, "INVALID_EVENT", "This queue takes messages that name a user.")

// message names whose deletion to look after. It carries no name and no address.
type message struct {
	Sub string `json:"sub"`
}

// ParseMessage returns the sub that a message of Queue names.
func ParseMessage(body string) (sub string, err error) {
	var m message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return "", ErrMessage.With(err)
	}
	if m.Sub == "" {
		return "", ErrMessage
	}
	return m.Sub, nil
}

// Queue is the sender's end of the queue deletions, whose worker calls Resume until
// it succeeds.
type Queue struct {
	SQS interface {
		SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	}
	URL string
}

// Send has the deletion of sub looked after once Wait is over. Sending twice is
// harmless.
func (q Queue) Send(ctx context.Context, sub string) error {
	body, _ := json.Marshal(message{Sub: sub}) // a string alone: cannot fail
	text := string(body)
	_, err := q.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &text, DelaySeconds: int32(Wait.Seconds())})
	if err != nil {
		return fmt.Errorf("account: queue the deletion of %s: %w", sub, err)
	}
	return nil
}
