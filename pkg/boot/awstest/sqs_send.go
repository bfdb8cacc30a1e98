package awstest

import (
	"context"
	"crypto/md5" //nolint:gosec // SQS's own checksum, not a security measure
	"encoding/binary"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// maxMessage is SQS's limit for one message, and for one batch, in bytes.
const maxMessage = 1 << 20

// MessageAttribute is one typed attribute of a message.
type MessageAttribute struct {
	DataType    string
	StringValue string `json:",omitempty"`
	BinaryValue []byte `json:",omitempty"`
}

// SendMessageInput puts one message into a queue. DelaySeconds, if set,
// overrides the queue's.
type SendMessageInput struct {
	QueueURL          string `json:"QueueUrl"`
	MessageBody       string
	DelaySeconds      *int
	MessageAttributes map[string]MessageAttribute
}

// SendMessageOutput holds the message's id and the checksums that SDKs verify.
type SendMessageOutput struct {
	MessageID              string `json:"MessageId"`
	MD5OfMessageBody       string
	MD5OfMessageAttributes string `json:",omitempty"`
}

// SendMessage puts a message at the end of a queue.
func (s *SQS) SendMessage(_ context.Context, in SendMessageInput) (SendMessageOutput, error) {
	id, err := s.cfg.uuid()
	if err != nil {
		return SendMessageOutput{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return SendMessageOutput{}, err
	}
	if err := q.check(in); err != nil {
		return SendMessageOutput{}, err
	}
	delay := q.seconds("DelaySeconds")
	if in.DelaySeconds != nil {
		delay = time.Duration(*in.DelaySeconds) * time.Second
	}
	now := s.cfg.Now()
	q.Messages = append(q.Messages, &queued{ID: id, Body: in.MessageBody, Attrs: in.MessageAttributes, Sent: now, VisibleAt: now.Add(delay)})
	s.wake()
	return SendMessageOutput{id, md5Hex([]byte(in.MessageBody)), attributesMD5(in.MessageAttributes)}, nil
}

// check refuses a message that SQS refuses.
func (q *queue) check(in SendMessageInput) error {
	limit := q.number("MaximumMessageSize")
	switch {
	case in.MessageBody == "":
		return refuse("MissingParameter", "The request must contain the parameter MessageBody.")
	case size(in) > limit:
		return refuse("InvalidParameterValue", "One or more parameters are invalid. Reason: Message must be shorter than %d bytes.", limit)
	case in.DelaySeconds != nil && (*in.DelaySeconds < 0 || *in.DelaySeconds > 900):
		return refuse("InvalidParameterValue", "Value %d for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.", *in.DelaySeconds)
	case strings.ContainsFunc(in.MessageBody, forbidden):
		return refuse("InvalidMessageContents", "Invalid binary character was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF")
	}
	return nil
}

// forbidden tells whether a message body may not hold the character.
func forbidden(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

// size is what a message counts against the limits.
func size(in SendMessageInput) int {
	n := len(in.MessageBody)
	for name, a := range in.MessageAttributes {
		n += len(name) + len(a.DataType) + len(a.StringValue) + len(a.BinaryValue)
	}
	return n
}

// SendEntry is one message of a batch.
type SendEntry struct {
	ID                string `json:"Id"`
	MessageBody       string
	DelaySeconds      *int
	MessageAttributes map[string]MessageAttribute
}

// SendBatchInput puts up to ten messages into a queue.
type SendBatchInput struct {
	QueueURL string `json:"QueueUrl"`
	Entries  []SendEntry
}

// SentEntry is one message of a batch that was taken.
type SentEntry struct {
	ID string `json:"Id"`
	SendMessageOutput
}

// FailedEntry is one entry of a batch that was refused.
type FailedEntry struct {
	ID          string `json:"Id"`
	Code        string
	Message     string
	SenderFault bool
}

// SendBatchOutput tells what became of each entry.
type SendBatchOutput struct {
	Successful []SentEntry
	Failed     []FailedEntry
}

// SendMessageBatch puts messages into a queue; each succeeds or fails alone.
func (s *SQS) SendMessageBatch(ctx context.Context, in SendBatchInput) (SendBatchOutput, error) {
	out := SendBatchOutput{Successful: []SentEntry{}, Failed: []FailedEntry{}}
	var ids []string
	total := 0
	for _, e := range in.Entries {
		ids = append(ids, e.ID)
		total += size(SendMessageInput{MessageBody: e.MessageBody, MessageAttributes: e.MessageAttributes})
	}
	if err := s.checkBatch(in.QueueURL, ids); err != nil {
		return out, err
	}
	if total > maxMessage {
		return out, refuse("BatchRequestTooLong", "Batch requests cannot be longer than %d bytes. You have sent %d bytes.", maxMessage, total)
	}
	for _, e := range in.Entries {
		sent, err := s.SendMessage(ctx, SendMessageInput{in.QueueURL, e.MessageBody, e.DelaySeconds, e.MessageAttributes})
		if err != nil {
			out.Failed = append(out.Failed, failed(e.ID, err))
			continue
		}
		out.Successful = append(out.Successful, SentEntry{e.ID, sent})
	}
	return out, nil
}

// checkBatch refuses what no entry of a batch can repair.
func (s *SQS) checkBatch(url string, ids []string) error {
	s.mu.Lock()
	_, err := s.find(url)
	s.mu.Unlock()
	switch {
	case err != nil:
		return err
	case len(ids) == 0:
		return refuse("EmptyBatchRequest", "There should be at least one entry in the request.")
	case len(ids) > 10:
		return refuse("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent %d.", len(ids))
	}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != len(ids) {
		return refuse("BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id.")
	}
	return nil
}

// failed words one entry's refusal.
func failed(id string, err error) FailedEntry {
	var e *Error
	if errors.As(err, &e) {
		return FailedEntry{id, e.Code, e.Message, true}
	}
	return FailedEntry{id, "InternalError", err.Error(), false}
}

// md5Hex is the checksum that SDKs compare.
func md5Hex(b []byte) string {
	sum := md5.Sum(b) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}

// attributesMD5 is SQS's checksum over message attributes: by name, each part
// with its length before it and the kind of value as one byte.
func attributesMD5(attrs map[string]MessageAttribute) string {
	if len(attrs) == 0 {
		return ""
	}
	var b []byte
	add := func(part []byte) {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part))) //nolint:gosec // no part is longer than a message
		b = append(b, part...)
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		a := attrs[name]
		add([]byte(name))
		add([]byte(a.DataType))
		if strings.HasPrefix(a.DataType, "Binary") {
			b = append(b, 2)
			add(a.BinaryValue)
			continue
		}
		b = append(b, 1)
		add([]byte(a.StringValue))
	}
	return md5Hex(b)
}

// accept takes a notification for the queue of an ARN.
func (s *SQS) accept(ctx context.Context, queueARN, body string) error {
	_, err := s.SendMessage(ctx, SendMessageInput{QueueURL: queueARN, MessageBody: body})
	return err
}
