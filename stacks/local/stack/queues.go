package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/console"
)

// errNoQueue reports the name of no queue.
var errNoQueue = errors.New("there is no queue of this name")

// queues shows the fleet's queues to the console.
type queues struct{ s *Stack }

// showDead is how many dead messages of a queue are shown.
const showDead = 50

// List implements the console's queues.
func (q queues) List() []console.Queue {
	out := []console.Queue{}
	for _, row := range fleet.Queues() {
		live, dead := q.attributes(row.Name), q.attributes(row.Name+"-dead")
		one := console.Queue{
			Name: row.Name, Function: q.reader(row.Name),
			Waiting:   number(live, "ApproximateNumberOfMessages"),
			InFlight:  number(live, "ApproximateNumberOfMessagesNotVisible"),
			Delayed:   number(live, "ApproximateNumberOfMessagesDelayed"),
			DeadCount: number(dead, "ApproximateNumberOfMessages"),
		}
		if one.DeadCount > 0 {
			one.Dead = q.dead(row.Name + "-dead")
		}
		out = append(out, one)
	}
	return out
}

func (q queues) attributes(name string) map[string]string {
	out, err := q.s.AWS.SQS.GetQueueAttributes(q.s.ctx, awstest.QueueAttributesInput{QueueURL: name, AttributeNames: []string{"All"}})
	if err != nil {
		return nil // a queue that somebody deleted has none
	}
	return out.Attributes
}

func number(attributes map[string]string, name string) int {
	n, _ := strconv.Atoi(attributes[name]) // 0 where there is none
	return n
}

// reader is the function that reads the queue.
func (q queues) reader(name string) string {
	i := slices.IndexFunc(q.s.plan.Functions, func(f fleet.Function) bool { return f.Trigger.Queue == name })
	if i < 0 {
		return ""
	}
	return q.s.plan.Functions[i].Name
}

// dead reads dead messages without receiving them, which would count. It takes
// the whole state of SQS for that, so it is asked only where there are any.
func (q queues) dead(name string) []console.Dead {
	var kept map[string]struct{ Messages []console.Dead }
	doc, err := q.s.AWS.SQS.Snapshot()
	if err != nil || json.Unmarshal(doc, &kept) != nil {
		return nil
	}
	messages := kept[name].Messages
	return messages[:min(len(messages), showDead)]
}

// Redrive moves the dead messages back, as SQS's message move task does.
func (q queues) Redrive(name string) (int, error) {
	return q.drain(name, func(ctx context.Context, m awstest.ReceivedMessage) error {
		_, err := q.s.AWS.SQS.SendMessage(ctx, awstest.SendMessageInput{QueueURL: name, MessageBody: m.Body, MessageAttributes: m.MessageAttributes})
		return err
	})
}

// Purge forgets the dead messages.
func (q queues) Purge(name string) (int, error) {
	return q.drain(name, func(context.Context, awstest.ReceivedMessage) error { return nil })
}

// drain takes one dead message after the other, does something with it and
// deletes it.
func (q queues) drain(name string, each func(context.Context, awstest.ReceivedMessage) error) (int, error) {
	if !slices.ContainsFunc(fleet.Queues(), func(row fleet.Queue) bool { return row.Name == name }) {
		return 0, fmt.Errorf("stack: queue %q: %w", name, errNoQueue)
	}
	dead := name + "-dead"
	for n := 0; ; n++ {
		out, err := q.s.AWS.SQS.ReceiveMessage(q.s.ctx, awstest.ReceiveInput{QueueURL: dead, MessageAttributeNames: []string{"All"}})
		if err != nil || len(out.Messages) == 0 {
			return n, err
		}
		m := out.Messages[0]
		if err := each(q.s.ctx, m); err != nil {
			return n, err
		}
		if err := q.s.AWS.SQS.DeleteMessage(q.s.ctx, awstest.ReceiptRef{QueueURL: dead, ReceiptHandle: m.ReceiptHandle}); err != nil {
			return n, err
		}
	}
}
