package awstest

import (
	"context"
	"encoding/json"
)

// maxNotification is SNS's limit for one message, in bytes.
const maxNotification = 256 << 10

// PublishInput is one message for a topic.
type PublishInput struct {
	TopicARN   string
	Subject    string
	Message    string
	Attributes map[string]MessageAttribute
}

// PublishMessage accepts a message for a topic, starts its delivery and
// returns its id.
func (s *SNS) PublishMessage(ctx context.Context, in PublishInput) (string, error) {
	id, err := s.cfg.uuid()
	if err != nil {
		return "", err
	}
	switch {
	case in.Message == "":
		return "", refuse("InvalidParameter", "Invalid parameter: Empty message")
	case len(in.Message) > maxNotification:
		return "", refuse("InvalidParameter", "Invalid parameter: Message too long")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.topics[in.TopicARN] {
		return "", noTopic()
	}
	n := Notification{MessageID: id, TopicARN: in.TopicARN, Subject: in.Subject, Message: in.Message, Attributes: in.Attributes, At: s.cfg.Now().UTC()}
	// A delivery outlives the request that caused it, but keeps its values.
	ctx = context.WithoutCancel(ctx)
	for _, sub := range s.subscriptions {
		if sub.Topic == in.TopicARN {
			s.deliveries.Go(func() { s.deliver(ctx, sub, n) })
		}
	}
	return id, nil
}

// publishEvent is PublishMessage for SES.
func (s *SNS) publishEvent(ctx context.Context, topicARN, message string) error {
	_, err := s.PublishMessage(ctx, PublishInput{TopicARN: topicARN, Subject: "Amazon SES Email Event Notification", Message: message})
	return err
}

// Wait returns when all deliveries that have started are done.
func (s *SNS) Wait() { s.deliveries.Wait() }

// deliver hands a notification to one subscriber. Retries and dead letters are
// the subscriber's: it knows what a failure means.
func (s *SNS) deliver(ctx context.Context, sub *subscription, n Notification) {
	n.SubscriptionARN = sub.ARN
	switch {
	case sub.handle != nil:
		_ = sub.handle(ctx, n)
	case sub.Protocol == "lambda" && s.Lambda != nil:
		_ = s.Lambda(ctx, sub.Endpoint, n.LambdaEvent())
	case sub.Protocol == "sqs" && s.Queue != nil:
		body := n.Message
		if !sub.Raw {
			body = string(n.Envelope())
		}
		_ = s.Queue(ctx, sub.Endpoint, body)
	}
}

// LambdaEvent returns the event that a subscribed Lambda function gets.
func (n Notification) LambdaEvent() json.RawMessage {
	fields := n.fields()
	fields["SigningCertUrl"], fields["UnsubscribeUrl"] = fields["SigningCertURL"], fields["UnsubscribeURL"]
	delete(fields, "SigningCertURL")
	delete(fields, "UnsubscribeURL")
	if fields["Subject"] == "" {
		fields["Subject"] = nil
	}
	return encode(map[string]any{"Records": []any{map[string]any{
		"EventVersion": "1.0", "EventSource": "aws:sns", "EventSubscriptionArn": n.SubscriptionARN, "Sns": fields,
	}}})
}

// Envelope returns the JSON document that a queue gets without raw delivery.
func (n Notification) Envelope() json.RawMessage {
	fields := n.fields()
	if n.Subject == "" {
		delete(fields, "Subject")
	}
	return encode(fields)
}

// fields are a notification's fields in SNS's words. Its signature is not one:
// nothing in the fleet takes notifications over HTTP.
func (n Notification) fields() map[string]any {
	attributes := map[string]any{}
	for name, a := range n.Attributes {
		attributes[name] = map[string]string{"Type": a.DataType, "Value": a.StringValue}
	}
	return map[string]any{
		"Type": "Notification", "MessageId": n.MessageID, "TopicArn": n.TopicARN, "Subject": n.Subject, "Message": n.Message,
		"Timestamp": stamp(n.At), "SignatureVersion": "1", "Signature": "EXAMPLE", "SigningCertURL": "EXAMPLE",
		"UnsubscribeURL": "EXAMPLE", "MessageAttributes": attributes,
	}
}

// encode writes a document of strings and maps, which always succeeds.
func encode(doc any) json.RawMessage {
	raw, _ := json.Marshal(doc)
	return raw
}
