package awstest_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func TestSQSBatchesSucceedEntryByEntry(t *testing.T) {
	t.Parallel()
	_, client, url := newQueue(t, nil)
	sent := check(client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: url, Entries: []types.SendMessageBatchRequestEntry{
		{Id: aws.String("a"), MessageBody: aws.String("one")},
		{Id: aws.String("b"), MessageBody: aws.String("\x01")},
		{Id: aws.String("c"), MessageBody: aws.String("three")},
	}}))(t)
	if len(sent.Successful) != 2 || len(sent.Failed) != 1 || *sent.Failed[0].Id != "b" || *sent.Failed[0].Code != "InvalidMessageContents" || !sent.Failed[0].SenderFault {
		t.Fatalf("SendMessageBatch = %+v, want a and c, and b refused", sent)
	}
	got := receive(t, client, url)
	if bodies(got) != "one three" {
		t.Fatalf("received %q, want one three", bodies(got))
	}
	changed := check(client.ChangeMessageVisibilityBatch(t.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: url, Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: got[0].ReceiptHandle, VisibilityTimeout: 0},
		{Id: aws.String("b"), ReceiptHandle: aws.String("nonsense")},
	}}))(t)
	if len(changed.Successful) != 1 || len(changed.Failed) != 1 || *changed.Failed[0].Code != "ReceiptHandleIsInvalid" {
		t.Errorf("ChangeMessageVisibilityBatch = %+v, want a, and b refused", changed)
	}
	again := receive(t, client, url)
	if bodies(again) != "one" {
		t.Fatalf("received %q after its visibility ended, want one", bodies(again))
	}
	deleted := check(client.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: url, Entries: []types.DeleteMessageBatchRequestEntry{
		{Id: aws.String("a"), ReceiptHandle: again[0].ReceiptHandle},
		{Id: aws.String("c"), ReceiptHandle: got[1].ReceiptHandle},
	}}))(t)
	if len(deleted.Successful) != 2 {
		t.Errorf("DeleteMessageBatch = %+v, want both", deleted)
	}
}

func TestSQSRefusesWholeBatches(t *testing.T) {
	t.Parallel()
	_, client, url := newQueue(t, nil)
	entry := func(id, body string) types.SendMessageBatchRequestEntry {
		return types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &body}
	}
	var eleven []types.SendMessageBatchRequestEntry
	for i := range 11 {
		eleven = append(eleven, entry(strconv.Itoa(i), "x"))
	}
	half := strings.Repeat("x", 1<<19+1)
	tests := []struct {
		name    string
		entries []types.SendMessageBatchRequestEntry
		want    string
	}{
		{name: "no entries", entries: []types.SendMessageBatchRequestEntry{}, want: "AWS.SimpleQueueService.EmptyBatchRequest"},
		{name: "eleven entries", entries: eleven, want: "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"},
		{name: "one id twice", entries: []types.SendMessageBatchRequestEntry{entry("a", "1"), entry("a", "2")}, want: "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"},
		{name: "over a megabyte together", entries: []types.SendMessageBatchRequestEntry{entry("a", half), entry("b", half)}, want: "AWS.SimpleQueueService.BatchRequestTooLong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := client.SendMessageBatch(t.Context(), &sqs.SendMessageBatchInput{QueueUrl: url, Entries: tt.entries})
			if got := codeOf(t, err); got != tt.want {
				t.Errorf("SendMessageBatch: error = %v, want %q", err, tt.want)
			}
		})
	}
}
