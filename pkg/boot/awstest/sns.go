package awstest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// SNS stands in for Amazon SNS with standard topics. Publish answers at once;
// delivery to subscribers follows on its own, as on AWS, and Wait waits for
// it. Make it with NewSNS. It is safe for concurrent use.
type SNS struct {
	// Faults makes operations fail or answer late.
	Faults Faults
	// Lambda is called for subscriptions of protocol "lambda" with the
	// function's ARN and the event that Lambda would get; nil drops them.
	Lambda func(ctx context.Context, functionARN string, event json.RawMessage) error
	// Queue is called for subscriptions of protocol "sqs"; nil drops them.
	Queue func(ctx context.Context, queueARN, body string) error

	cfg Config

	mu            sync.Mutex
	topics        map[string]bool // by ARN
	subscriptions []*subscription // in order of subscribing
	deliveries    sync.WaitGroup
}

// subscription is one endpoint of a topic.
type subscription struct {
	ARN      string `json:"arn"`
	Topic    string `json:"topic"`
	Protocol string `json:"protocol"`
	Endpoint string `json:"endpoint"`
	Raw      bool   `json:"raw"`
	handle   func(context.Context, Notification) error
}

// NewSNS returns an SNS without topics.
func NewSNS(cfg Config) *SNS {
	return &SNS{cfg: cfg.withDefaults(), topics: map[string]bool{}}
}

// CreateTopic makes a topic, or finds it, and returns its ARN.
func (s *SNS) CreateTopic(_ context.Context, name string) (string, error) {
	if name == "" || len(name) > 256 || strings.Trim(name, nameRunes) != "" {
		return "", refuse("InvalidParameter", "Invalid parameter: Topic Name")
	}
	arn := s.cfg.arn("sns", name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics[arn] = true
	return arn, nil
}

// DeleteTopic removes a topic and its subscriptions.
func (s *SNS) DeleteTopic(_ context.Context, topicARN string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.topics, topicARN)
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(sub *subscription) bool { return sub.Topic == topicARN })
	return nil
}

// Topics returns the ARNs of all topics, sorted.
func (s *SNS) Topics() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.topics))
}

// Subscribe adds a subscription of protocol "lambda" or "sqs" and returns its
// ARN; the same subscription twice is one.
func (s *SNS) Subscribe(_ context.Context, topicARN, protocol, endpoint string, raw bool) (string, error) {
	if protocol != "lambda" && protocol != "sqs" {
		return "", refuse("InvalidParameter", "Invalid parameter: Protocol %q is not served here", protocol)
	}
	return s.subscribe(&subscription{Topic: topicARN, Protocol: protocol, Endpoint: endpoint, Raw: raw})
}

// SubscribeFunc calls handle with each notification of the topic, one call at
// a time per notification, in a goroutine of its own.
func (s *SNS) SubscribeFunc(topicARN string, handle func(context.Context, Notification) error) (string, error) {
	return s.subscribe(&subscription{Topic: topicARN, Protocol: "application", handle: handle})
}

// subscribe adds a subscription to an existing topic.
func (s *SNS) subscribe(sub *subscription) (string, error) {
	id, err := s.cfg.uuid()
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.topics[sub.Topic] {
		return "", noTopic()
	}
	for _, old := range s.subscriptions {
		if sub.handle == nil && old.Topic == sub.Topic && old.Protocol == sub.Protocol && old.Endpoint == sub.Endpoint {
			return old.ARN, nil
		}
	}
	sub.ARN = sub.Topic + ":" + id
	s.subscriptions = append(s.subscriptions, sub)
	return sub.ARN, nil
}

// Unsubscribe removes a subscription.
func (s *SNS) Unsubscribe(_ context.Context, arn string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(sub *subscription) bool { return sub.ARN == arn })
	return nil
}

// noTopic is SNS's answer about an unknown topic.
func noTopic() *Error {
	return &Error{Code: "NotFound", Message: "Topic does not exist", Status: 404}
}

// snsState is the snapshot's shape.
type snsState struct {
	Topics        []string        `json:"topics"`
	Subscriptions []*subscription `json:"subscriptions"`
}

// Snapshot returns topics and subscriptions as JSON. Subscriptions made with
// SubscribeFunc are not part of it.
func (s *SNS) Snapshot() (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := snsState{Topics: slices.Sorted(maps.Keys(s.topics))}
	for _, sub := range s.subscriptions {
		if sub.handle == nil {
			st.Subscriptions = append(st.Subscriptions, sub)
		}
	}
	return json.Marshal(st)
}

// Restore replaces topics and subscriptions by a snapshot's; subscriptions
// made with SubscribeFunc stay.
func (s *SNS) Restore(doc json.RawMessage) error {
	var st snsState
	if err := json.Unmarshal(doc, &st); err != nil {
		return fmt.Errorf("awstest: read SNS snapshot: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	own := slices.DeleteFunc(slices.Clone(s.subscriptions), func(sub *subscription) bool { return sub.handle == nil })
	s.topics = map[string]bool{}
	for _, arn := range st.Topics {
		s.topics[arn] = true
	}
	s.subscriptions = append(st.Subscriptions, own...)
	return nil
}

// Notification is one message as a subscriber gets it.
type Notification struct {
	MessageID       string                      `json:"message_id"`
	TopicARN        string                      `json:"topic_arn"`
	SubscriptionARN string                      `json:"subscription_arn"`
	Subject         string                      `json:"subject"`
	Message         string                      `json:"message"`
	Attributes      map[string]MessageAttribute `json:"attributes"`
	At              time.Time                   `json:"at"`
}
