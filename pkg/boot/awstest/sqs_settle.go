package awstest

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"
)

// ReceiptRef names one receive of a message. VisibilityTimeout, in seconds, is
// read only by the operations that change it.
type ReceiptRef struct {
	QueueURL          string `json:"QueueUrl"`
	ReceiptHandle     string
	VisibilityTimeout int
}

// DeleteMessage removes a message by the handle of its last receive. As on
// AWS a stale handle is no error and deletes nothing; a handle that never was
// one is ReceiptHandleIsInvalid.
func (s *SQS) DeleteMessage(_ context.Context, in ReceiptRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, m, err := s.receipt(in)
	if err != nil || m == nil {
		return err
	}
	q.Messages = slices.DeleteFunc(q.Messages, func(other *queued) bool { return other == m })
	return nil
}

// receipt finds the message of a handle; none if the handle is stale.
func (s *SQS) receipt(in ReceiptRef) (*queue, *queued, error) {
	q, err := s.find(in.QueueURL)
	if err != nil {
		return nil, nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(in.ReceiptHandle)
	parts := strings.SplitN(string(raw), " ", 3)
	if err != nil || len(parts) != 3 || parts[0] != q.Name {
		return nil, nil, refuse("ReceiptHandleIsInvalid", "The input receipt handle is invalid.")
	}
	for _, m := range q.Messages {
		if m.Handle == in.ReceiptHandle {
			return q, m, nil
		}
	}
	return q, nil, nil
}

// ChangeMessageVisibility hides a message in flight for a new span from now;
// zero makes it visible at once.
func (s *SQS) ChangeMessageVisibility(_ context.Context, in ReceiptRef) error {
	if in.VisibilityTimeout < 0 || in.VisibilityTimeout > 43200 {
		return refuse("InvalidParameterValue", "Value %d for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.", in.VisibilityTimeout)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m, err := s.receipt(in)
	if err != nil {
		return err
	}
	now := s.cfg.Now()
	if m == nil || !now.Before(m.VisibleAt) {
		return refuse("MessageNotInflight", "The specified message isn't in flight.")
	}
	m.VisibleAt = now.Add(time.Duration(in.VisibilityTimeout) * time.Second)
	s.wake()
	return nil
}

// ReceiptEntry is one handle of a batch.
type ReceiptEntry struct {
	ID                string `json:"Id"`
	ReceiptHandle     string
	VisibilityTimeout int
}

// ReceiptBatch settles up to ten messages.
type ReceiptBatch struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []ReceiptEntry
}

// EntryRef names an entry that succeeded.
type EntryRef struct {
	ID string `json:"Id"`
}

// SettledOutput tells what became of each entry.
type SettledOutput struct {
	Successful []EntryRef
	Failed     []FailedEntry
}

// DeleteMessageBatch deletes messages; each succeeds or fails alone.
func (s *SQS) DeleteMessageBatch(ctx context.Context, in ReceiptBatch) (SettledOutput, error) {
	return s.settle(ctx, in, s.DeleteMessage)
}

// ChangeMessageVisibilityBatch hides messages anew; each succeeds or fails alone.
func (s *SQS) ChangeMessageVisibilityBatch(ctx context.Context, in ReceiptBatch) (SettledOutput, error) {
	return s.settle(ctx, in, s.ChangeMessageVisibility)
}

// settle applies one operation to every entry.
func (s *SQS) settle(ctx context.Context, in ReceiptBatch, one func(context.Context, ReceiptRef) error) (SettledOutput, error) {
	out := SettledOutput{Successful: []EntryRef{}, Failed: []FailedEntry{}}
	var ids []string
	for _, e := range in.Entries {
		ids = append(ids, e.ID)
	}
	if err := s.checkBatch(in.QueueURL, ids); err != nil {
		return out, err
	}
	for _, e := range in.Entries {
		if err := one(ctx, ReceiptRef{in.QueueURL, e.ReceiptHandle, e.VisibilityTimeout}); err != nil {
			out.Failed = append(out.Failed, failed(e.ID, err))
			continue
		}
		out.Successful = append(out.Successful, EntryRef{e.ID})
	}
	return out, nil
}
