// Package welcome welcomes new users by mail, once each. The trigger at
// confirmation only puts a message into a queue, so that no mail server can hold
// up a sign-up; a worker takes it from there.
package welcome

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/fault"
)

// delay is how many seconds a message stays hidden after it was sent: long
// enough for the profile's row, which is written at the same time, to be there.
const delay = 1

// ErrMessage reports a message that nobody can make sense of. A retry does not
// help; it belongs into the dead-letter queue.
var ErrMessage = fault.New(fault.Invalid, "INVALID_EVENT", "This queue takes messages that name a user.")

// Message asks for the welcome of one user. It carries no address: what is in
// a queue may be seen by whoever looks after it.
type Message struct {
	Sub string `json:"sub"`
}

// Parse reads a message's body.
func Parse(body string) (Message, error) {
	var m Message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return Message{}, ErrMessage.With(err)
	}
	if m.Sub == "" {
		return Message{}, ErrMessage.Because("The message names no user.")
	}
	return m, nil
}

// Queue is the sender's end of the queue.
type Queue struct {
	SQS interface {
		SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	}
	URL string
}

// Send asks for the welcome of the user sub. Asking twice sends one mail.
func (q Queue) Send(ctx context.Context, sub string) error {
	body, _ := json.Marshal(Message{Sub: sub}) // a string alone: cannot fail
	text := string(body)
	_, err := q.SQS.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.URL, MessageBody: &text, DelaySeconds: delay})
	if err != nil {
		return fmt.Errorf("welcome: queue %s: %w", sub, err)
	}
	return nil
}
