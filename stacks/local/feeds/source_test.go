package feeds_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/runtimeapi"
)

const visibility = 3 * time.Minute

// counted counts receives.
type counted struct {
	*awstest.SQS
	receives atomic.Int64
}

func (c *counted) ReceiveMessage(ctx context.Context, in awstest.ReceiveInput) (awstest.ReceiveOutput, error) {
	c.receives.Add(1)
	return c.SQS.ReceiveMessage(ctx, in)
}

// queue makes the queue welcome with its dead-letter queue and a source that
// reads it, already running.
func queue(t *testing.T, h *host, batch int) *counted {
	t.Helper()
	sqs := &counted{SQS: awstest.NewSQS(awstest.Config{})}
	for _, in := range []awstest.CreateQueueInput{
		{QueueName: "welcome-dead"},
		{QueueName: "welcome", Attributes: map[string]string{
			"VisibilityTimeout": strconv.Itoa(int(visibility.Seconds())),
			"RedrivePolicy":     `{"deadLetterTargetArn":"arn:aws:sqs:us-east-2:000000000000:welcome-dead","maxReceiveCount":2}`,
		}},
	} {
		if _, err := sqs.CreateQueue(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := &feeds.Source{
		Queue: sqs, Host: h, URL: "welcome", ARN: "arn:aws:sqs:us-east-2:000000000000:welcome",
		Function: "welcome-email", Batch: batch, Patience: visibility, Log: silent(),
	}
	done := make(chan struct{})
	go func() {
		s.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return sqs
}

func send(t *testing.T, sqs *counted, bodies ...string) {
	t.Helper()
	in := awstest.SendBatchInput{QueueURL: "welcome"}
	for i, b := range bodies {
		in.Entries = append(in.Entries, awstest.SendEntry{ID: strconv.Itoa(i), MessageBody: b})
	}
	if _, err := sqs.SendMessageBatch(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

func left(t *testing.T, sqs *counted, name string) int {
	t.Helper()
	out, err := sqs.GetQueueAttributes(t.Context(), awstest.QueueAttributesInput{QueueURL: name, AttributeNames: []string{"All"}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, a := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"} {
		v, _ := strconv.Atoi(out.Attributes[a])
		n += v
	}
	return n
}

// ids reads the batch's message ids.
func ids(payload []byte) []string {
	var e struct {
		Records []struct {
			ID string `json:"messageId"`
		}
	}
	_ = json.Unmarshal(payload, &e)
	var out []string
	for _, r := range e.Records {
		out = append(out, r.ID)
	}
	return out
}

func says(payload string) func(int, []byte) (runtimeapi.Result, error) {
	return func(int, []byte) (runtimeapi.Result, error) {
		return runtimeapi.Result{Payload: []byte(payload)}, nil
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	failFirst := func(_ int, payload []byte) (runtimeapi.Result, error) {
		return runtimeapi.Result{Payload: fmt.Appendf(nil, `{"batchItemFailures":[{"itemIdentifier":%q}]}`, ids(payload)[0])}, nil
	}
	tests := []struct {
		name   string
		answer func(int, []byte) (runtimeapi.Result, error)
		want   []time.Duration // when the function was called
		dead   int
	}{
		{name: "a batch that is done is deleted", answer: fine, want: []time.Duration{0}},
		{name: "no answer at all means done", answer: says(""), want: []time.Duration{0}},
		{name: "an empty list of failures means done", answer: says(`{"batchItemFailures":[]}`), want: []time.Duration{0}},
		{name: "a null list of failures means done", answer: says(`{"batchItemFailures":null}`), want: []time.Duration{0}},
		{name: "a failed batch comes back after its visibility timeout and then is dead", answer: broken, want: []time.Duration{0, visibility}, dead: 2},
		{name: "only the failed message comes back", answer: failFirst, want: []time.Duration{0, visibility}, dead: 1},
		{name: "a failure without a name means all", answer: says(`{"batchItemFailures":[{"itemIdentifier":null}]}`), want: []time.Duration{0, visibility}, dead: 2},
		{name: "a failure of a message that was not there means all", answer: says(`{"batchItemFailures":[{"itemIdentifier":"x"}]}`), want: []time.Duration{0, visibility}, dead: 2},
		{name: "an answer that cannot be read means all", answer: says(`"fine"`), want: []time.Duration{0, visibility}, dead: 2},
		{name: "a throttled batch is tried again while it is hidden", answer: throttledUntil(2), want: []time.Duration{0, time.Second, 3 * time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHost(tt.answer)
				sqs := queue(t, h, 10)
				send(t, sqs, "one", "two")
				time.Sleep(time.Hour)
				synctest.Wait()
				if diff := cmp.Diff(tt.want, h.times()); diff != "" {
					t.Errorf("calls (-want +got):\n%s", diff)
				}
				if live, dead := left(t, sqs, "welcome"), left(t, sqs, "welcome-dead"); live != 0 || dead != tt.dead {
					t.Errorf("%d messages left and %d dead, want 0 and %d", live, dead, tt.dead)
				}
			})
		})
	}
}

func TestSourceKeepsToTheBatchSize(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(fine)
		sqs := queue(t, h, 2)
		send(t, sqs, "1", "2", "3", "4", "5")
		synctest.Wait()
		h.mu.Lock()
		defer h.mu.Unlock()
		seen := 0
		for _, c := range h.calls {
			n := len(ids([]byte(c.payload)))
			if n > 2 {
				t.Errorf("a batch had %d messages, want at most 2", n)
			}
			seen += n
		}
		if seen != 5 {
			t.Errorf("the function saw %d messages, want 5", seen)
		}
	})
}

func TestSourceWaitsWithoutSpinning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sqs := queue(t, newHost(fine), 10)
		time.Sleep(time.Hour)
		if got, most := sqs.receives.Load(), int64(feeds.Pollers*(180+1)); got > most {
			t.Errorf("an idle hour made %d receives, want at most %d", got, most)
		}
	})
}

func TestSourceSurvivesAQueueThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(fine)
		sqs := queue(t, h, 10)
		if err := sqs.DeleteQueue(t.Context(), awstest.QueueRef{QueueURL: "welcome"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got, most := sqs.receives.Load(), int64(feeds.Pollers*62); got > most {
			t.Errorf("a minute without a queue made %d receives, want at most %d", got, most)
		}
		if _, err := sqs.CreateQueue(t.Context(), awstest.CreateQueueInput{QueueName: "welcome"}); err != nil {
			t.Fatal(err)
		}
		send(t, sqs, "late")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(h.times()) != 1 {
			t.Errorf("the function was called %d times once the queue was back, want 1", len(h.times()))
		}
	})
}

func TestSQSEvent(t *testing.T) {
	t.Parallel()
	got, err := feeds.SQSEvent("arn:aws:sqs:us-east-2:000000000000:welcome", []awstest.ReceivedMessage{{
		MessageID: "m-1", ReceiptHandle: "r-1", Body: "hello", MD5OfBody: "5d41402abc4b2a76b9719d911017c592",
		Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": "1520621625029"},
		MessageAttributes: map[string]awstest.MessageAttribute{
			"trace": {DataType: "String", StringValue: "t-1"}, "raw": {DataType: "Binary", BinaryValue: []byte{1}},
		}, MD5OfMessageAttributes: "00",
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"Records":[{"messageId":"m-1","receiptHandle":"r-1","body":"hello",` +
		`"attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1520621625029"},` +
		`"messageAttributes":{"raw":{"binaryValue":"AQ==","stringListValues":[],"binaryListValues":[],"dataType":"Binary"},` +
		`"trace":{"stringValue":"t-1","stringListValues":[],"binaryListValues":[],"dataType":"String"}},` +
		`"md5OfMessageAttributes":"00","md5OfBody":"5d41402abc4b2a76b9719d911017c592",` +
		`"eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:us-east-2:000000000000:welcome","awsRegion":"us-east-2"}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

// The real message carries what Lambda's does.
func TestSourceAsksForEverythingLambdaShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(fine)
		send(t, queue(t, h, 10), "hello")
		synctest.Wait()
		var e struct{ Records []map[string]any }
		if err := json.Unmarshal([]byte(h.last().payload), &e); err != nil || len(e.Records) != 1 {
			t.Fatalf("payload %s: %v", h.last().payload, err)
		}
		system, _ := e.Records[0]["attributes"].(map[string]any)
		for _, name := range []string{"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} {
			if system[name] == nil || system[name] == "" {
				t.Errorf("attribute %s is missing from %v", name, system)
			}
		}
	})
}
