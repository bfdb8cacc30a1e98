package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// SQS stands in for Amazon SQS with standard queues. Make it with NewSQS. It
// is safe for concurrent use.
type SQS struct {
	// Faults makes operations fail or answer late.
	Faults Faults

	cfg     Config
	handler http.Handler

	mu      sync.Mutex
	queues  map[string]*queue // by name
	changed chan struct{}     // closed and replaced whenever a receiver should look again
}

// queue is one queue's state.
type queue struct {
	Name     string            `json:"name"`
	Attrs    map[string]string `json:"attributes"`
	Messages []*queued         `json:"messages"` // in order of arrival
	Created  time.Time         `json:"created"`
}

// queued is one message in a queue.
type queued struct {
	ID        string                      `json:"id"`
	Body      string                      `json:"body"`
	Attrs     map[string]MessageAttribute `json:"attributes,omitempty"`
	Sent      time.Time                   `json:"sent"`
	FirstSeen time.Time                   `json:"first_seen"`
	VisibleAt time.Time                   `json:"visible_at"`
	Receives  int                         `json:"receives"`
	Handle    string                      `json:"handle"` // of the last receive
}

// NewSQS returns an SQS without queues.
func NewSQS(cfg Config) *SQS {
	s := &SQS{cfg: cfg.withDefaults(), queues: map[string]*queue{}, changed: make(chan struct{})}
	s.handler = &jsonRPC{
		prefix: "AmazonSQS.", media: "application/x-amz-json-1.0", cfg: s.cfg, faults: &s.Faults, decorate: queryError,
		ops: map[string]operation{
			"CreateQueue": rpc(s.CreateQueue), "DeleteQueue": do(s.DeleteQueue),
			"ListQueues": rpc(s.ListQueues), "GetQueueUrl": rpc(s.GetQueueURL),
			"GetQueueAttributes": rpc(s.GetQueueAttributes), "SetQueueAttributes": do(s.SetQueueAttributes),
			"SendMessage": rpc(s.SendMessage), "SendMessageBatch": rpc(s.SendMessageBatch),
			"ReceiveMessage": rpc(s.ReceiveMessage),
			"DeleteMessage":  do(s.DeleteMessage), "DeleteMessageBatch": rpc(s.DeleteMessageBatch),
			"ChangeMessageVisibility":      do(s.ChangeMessageVisibility),
			"ChangeMessageVisibilityBatch": rpc(s.ChangeMessageVisibilityBatch),
			"PurgeQueue":                   do(s.PurgeQueue),
		},
	}
	return s
}

// ServeHTTP speaks SQS's JSON 1.0 protocol.
func (s *SQS) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// queryError adds the header by which SDKs keep the error codes of the old
// query protocol.
func queryError(h http.Header, e *Error) {
	h.Set("X-Amzn-Query-Error", queryCode(e.Code)+";Sender")
}

// queryCode returns the old protocol's name of an error.
func queryCode(code string) string {
	switch code {
	case "QueueDoesNotExist":
		return "AWS.SimpleQueueService.NonExistentQueue"
	case "QueueNameExists":
		return "QueueAlreadyExists"
	case "BatchEntryIdsNotDistinct", "BatchRequestTooLong", "EmptyBatchRequest", "MessageNotInflight", "TooManyEntriesInBatchRequest":
		return "AWS.SimpleQueueService." + code
	}
	return code
}

// Tick makes waiting receivers look again. Call it after moving a hand-set
// clock; the system's clock needs none.
func (s *SQS) Tick() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake()
}

// wake lets waiting receivers look again. The caller holds mu.
func (s *SQS) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Snapshot returns queues and messages as JSON.
func (s *SQS) Snapshot() (json.RawMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return json.Marshal(s.queues)
}

// Restore replaces all queues by a snapshot's.
func (s *SQS) Restore(doc json.RawMessage) error {
	queues := map[string]*queue{}
	if err := json.Unmarshal(doc, &queues); err != nil {
		return fmt.Errorf("awstest: read SQS snapshot: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queues = queues
	s.wake()
	return nil
}
