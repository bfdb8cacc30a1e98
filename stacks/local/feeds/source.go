package feeds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/stacks/local/runtimeapi"
)

// Pollers is how many batches of a queue Lambda works on at once to begin with.
const Pollers = 5

// longPoll is how long one receive waits, in seconds, and entries how many
// messages it takes at most.
const (
	longPoll = 20
	entries  = 10
)

// Source reads a queue for a function, as a Lambda event source mapping does:
// messages that the function does not report as failed are deleted, the others
// come back after the queue's visibility timeout and end in its dead-letter
// queue.
type Source struct {
	Queue interface {
		ReceiveMessage(context.Context, awstest.ReceiveInput) (awstest.ReceiveOutput, error)
		DeleteMessageBatch(context.Context, awstest.ReceiptBatch) (awstest.SettledOutput, error)
	}
	Host     Invoker
	URL, ARN string // of the queue
	Function string
	Batch    int           // records per invocation, 1 to 10
	Patience time.Duration // how long a throttled batch is tried again; the queue's visibility timeout
	Log      *slog.Logger
}

// Run reads the queue until ctx ends.
func (s *Source) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for range Pollers {
		wg.Go(func() { s.poll(ctx) })
	}
	wg.Wait()
}

func (s *Source) poll(ctx context.Context) {
	for ctx.Err() == nil {
		messages, err := s.receive(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("a queue cannot be read", "function", s.Function, "queue", s.URL, "error", err)
			sleep(ctx, firstPause)
		}
		if len(messages) > 0 {
			s.work(ctx, messages)
		}
	}
}

func (s *Source) receive(ctx context.Context) ([]awstest.ReceivedMessage, error) {
	out, err := s.Queue.ReceiveMessage(ctx, awstest.ReceiveInput{
		QueueURL: s.URL, MaxNumberOfMessages: new(min(max(s.Batch, 1), entries)), WaitTimeSeconds: new(longPoll),
		AttributeNames: []string{"All"}, MessageAttributeNames: []string{"All"},
	})
	return out.Messages, err
}

// work invokes the function with a batch and deletes what it has done.
func (s *Source) work(ctx context.Context, batch []awstest.ReceivedMessage) {
	result, err := s.invoke(ctx, batch)
	if err != nil {
		if ctx.Err() == nil {
			s.Log.Warn("a batch was not handed to its function", "function", s.Function, "error", err)
		}
		return
	}
	failed, err := failures(result, batch)
	if err != nil {
		s.Log.Warn("a batch failed", "function", s.Function, "messages", len(batch), "error", err)
		return
	}
	s.settle(ctx, batch, failed)
}

// invoke calls the function, again and again while it is throttled.
func (s *Source) invoke(ctx context.Context, batch []awstest.ReceivedMessage) (runtimeapi.Result, error) {
	payload, err := SQSEvent(s.ARN, batch)
	if err != nil {
		return runtimeapi.Result{}, err
	}
	give, cancel := context.WithTimeout(ctx, s.Patience)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		r, err := s.Host.Invoke(ctx, s.Function, payload)
		if !errors.Is(err, runtimeapi.ErrThrottled) || give.Err() != nil {
			return r, err
		}
		sleep(give, pause)
	}
}

// failures returns the ids of the messages that the function could not handle.
// An error means all of them.
func failures(r runtimeapi.Result, batch []awstest.ReceivedMessage) ([]string, error) {
	if r.FunctionError != "" {
		return nil, fmt.Errorf("feeds: %s: %s", r.ErrorType, r.ErrorMessage)
	}
	var answer struct {
		Failures []struct {
			ID *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(r.Payload) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(r.Payload, &answer); err != nil {
		return nil, fmt.Errorf("feeds: read the batch's answer: %w", err)
	}
	var ids []string
	for _, f := range answer.Failures {
		if f.ID == nil || !holds(batch, *f.ID) {
			return nil, errors.New("feeds: the answer names a message that is not in the batch")
		}
		ids = append(ids, *f.ID)
	}
	return ids, nil
}

func holds(batch []awstest.ReceivedMessage, id string) bool {
	return slices.ContainsFunc(batch, func(m awstest.ReceivedMessage) bool { return m.MessageID == id })
}

// settle deletes the messages that are not among the failed.
func (s *Source) settle(ctx context.Context, batch []awstest.ReceivedMessage, failed []string) {
	var done []awstest.ReceiptEntry
	for i, m := range batch {
		if !slices.Contains(failed, m.MessageID) {
			done = append(done, awstest.ReceiptEntry{ID: strconv.Itoa(i), ReceiptHandle: m.ReceiptHandle})
		}
	}
	if len(done) == 0 {
		return
	}
	if _, err := s.Queue.DeleteMessageBatch(ctx, awstest.ReceiptBatch{QueueURL: s.URL, Entries: done}); err != nil {
		s.Log.Error("done messages were not deleted", "function", s.Function, "error", err)
	}
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
