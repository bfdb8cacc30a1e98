package awstest

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ReceiveInput asks for messages. Nil fields take the queue's settings.
type ReceiveInput struct {
	QueueURL                    string `json:"QueueUrl"`
	MaxNumberOfMessages         *int
	VisibilityTimeout           *int
	WaitTimeSeconds             *int
	AttributeNames              []string
	MessageSystemAttributeNames []string
	MessageAttributeNames       []string
}

// ReceivedMessage is one message in flight.
type ReceivedMessage struct {
	MessageID              string `json:"MessageId"`
	ReceiptHandle          string
	Body                   string
	MD5OfBody              string
	Attributes             map[string]string           `json:",omitempty"`
	MessageAttributes      map[string]MessageAttribute `json:",omitempty"`
	MD5OfMessageAttributes string                      `json:",omitempty"`
}

// ReceiveOutput holds up to ten messages; none if the wait ended without any.
type ReceiveOutput struct {
	Messages []ReceivedMessage `json:",omitempty"`
}

// ReceiveMessage takes visible messages and hides them for the visibility
// timeout. With a wait time it returns as soon as there is one; it sleeps
// until something changes, and ends with the context.
func (s *SQS) ReceiveMessage(ctx context.Context, in ReceiveInput) (ReceiveOutput, error) {
	if err := in.check(); err != nil {
		return ReceiveOutput{}, err
	}
	var deadline <-chan time.Time
	for {
		out, next, changed, err := s.receive(in)
		if err != nil || len(out.Messages) > 0 {
			return out, err
		}
		if deadline == nil {
			t := time.NewTimer(s.waitTime(in))
			defer t.Stop()
			deadline = t.C
		}
		if ended := pause(ctx, changed, next, deadline); ended {
			return ReceiveOutput{}, ctx.Err()
		}
	}
}

// pause returns when receivers should look again, or true when the wait ends.
func pause(ctx context.Context, changed <-chan struct{}, next time.Duration, deadline <-chan time.Time) bool {
	var due <-chan time.Time
	if next > 0 {
		t := time.NewTimer(next)
		defer t.Stop()
		due = t.C
	}
	select {
	case <-changed:
	case <-due:
	case <-deadline:
		return true
	case <-ctx.Done():
		return true
	}
	return false
}

// check refuses numbers out of range.
func (in ReceiveInput) check() error {
	for _, n := range []struct {
		name     string
		value    *int
		min, max int
	}{
		{"MaxNumberOfMessages", in.MaxNumberOfMessages, 1, 10},
		{"VisibilityTimeout", in.VisibilityTimeout, 0, 43200},
		{"WaitTimeSeconds", in.WaitTimeSeconds, 0, 20},
	} {
		if n.value != nil && (*n.value < n.min || *n.value > n.max) {
			return refuse("InvalidParameterValue", "Value %d for parameter %s is invalid. Reason: Must be between %d and %d, if provided.", *n.value, n.name, n.min, n.max)
		}
	}
	return nil
}

// waitTime returns how long to wait for a first message.
func (s *SQS) waitTime(in ReceiveInput) time.Duration {
	if in.WaitTimeSeconds != nil {
		return time.Duration(*in.WaitTimeSeconds) * time.Second
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return 0
	}
	return q.seconds("ReceiveMessageWaitTimeSeconds")
}

// receive takes what is visible now. If nothing is, it returns how long until
// a message becomes visible (0: none will) and what tells of changes.
func (s *SQS) receive(in ReceiveInput) (out ReceiveOutput, next time.Duration, changed <-chan struct{}, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return out, 0, nil, err
	}
	now := s.cfg.Now()
	q.expire(now)
	for _, m := range s.take(q, or(in.MaxNumberOfMessages, 1), now) {
		if err := s.hide(q, m, now.Add(time.Duration(or(in.VisibilityTimeout, q.number("VisibilityTimeout")))*time.Second)); err != nil {
			return out, 0, nil, err
		}
		out.Messages = append(out.Messages, s.view(m, in))
	}
	return out, q.next(now), s.changed, nil
}

// or returns a given number or the default.
func or(n *int, def int) int {
	if n != nil {
		return *n
	}
	return def
}

// expire drops messages older than the retention period.
func (q *queue) expire(now time.Time) {
	oldest := now.Add(-q.seconds("MessageRetentionPeriod"))
	q.Messages = slices.DeleteFunc(q.Messages, func(m *queued) bool { return m.Sent.Before(oldest) })
}

// take returns up to n visible messages and moves those that were received
// too often to the dead-letter queue. The caller holds mu.
func (s *SQS) take(q *queue, n int, now time.Time) []*queued {
	var taken, kept []*queued
	target, maxReceives := q.redrive()
	dead, _ := s.find(target)
	for _, m := range q.Messages {
		visible := len(taken) < n && !now.Before(m.VisibleAt)
		if visible && dead != nil && m.Receives >= maxReceives {
			m.Receives, m.Handle, m.VisibleAt = 0, "", now
			dead.Messages = append(dead.Messages, m)
			s.wake()
			continue
		}
		if visible {
			taken = append(taken, m)
		}
		kept = append(kept, m)
	}
	q.Messages = kept
	return taken
}

// hide marks a message as received and gives it a new receipt handle.
func (s *SQS) hide(q *queue, m *queued, until time.Time) error {
	nonce, err := s.cfg.bytes(12)
	if err != nil {
		return err
	}
	if m.Receives == 0 {
		m.FirstSeen = s.cfg.Now()
	}
	m.Receives++
	m.VisibleAt = until
	m.Handle = base64.StdEncoding.EncodeToString([]byte(q.Name + " " + m.ID + " " + string(nonce)))
	return nil
}

// next returns how long until a hidden message becomes visible; 0 if none is.
func (q *queue) next(now time.Time) time.Duration {
	var next time.Duration
	for _, m := range q.Messages {
		if d := m.VisibleAt.Sub(now); d > 0 && (next == 0 || d < next) {
			next = d
		}
	}
	return next
}

// view is what a receiver sees of a message.
func (s *SQS) view(m *queued, in ReceiveInput) ReceivedMessage {
	out := ReceivedMessage{MessageID: m.ID, ReceiptHandle: m.Handle, Body: m.Body, MD5OfBody: md5Hex([]byte(m.Body))}
	system := map[string]string{
		"SenderId": s.cfg.Account, "SentTimestamp": strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"ApproximateReceiveCount":          strconv.Itoa(m.Receives),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.FirstSeen.UnixMilli(), 10),
	}
	for name, value := range system {
		if wanted(name, in.AttributeNames) || wanted(name, in.MessageSystemAttributeNames) {
			out.set(name, value)
		}
	}
	for name, a := range m.Attrs {
		if wanted(name, in.MessageAttributeNames) {
			if out.MessageAttributes == nil {
				out.MessageAttributes = map[string]MessageAttribute{}
			}
			out.MessageAttributes[name] = a
		}
	}
	out.MD5OfMessageAttributes = attributesMD5(out.MessageAttributes)
	return out
}

// set adds a system attribute.
func (m *ReceivedMessage) set(name, value string) {
	if m.Attributes == nil {
		m.Attributes = map[string]string{}
	}
	m.Attributes[name] = value
}

// wanted tells whether a list asks for a name: itself, All, or a prefix.*.
func wanted(name string, list []string) bool {
	return slices.ContainsFunc(list, func(w string) bool {
		prefix, isPrefix := strings.CutSuffix(w, ".*")
		return w == name || w == "All" || isPrefix && strings.HasPrefix(name, prefix)
	})
}
