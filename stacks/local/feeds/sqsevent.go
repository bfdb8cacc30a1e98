package feeds

import (
	"encoding/json"
	"fmt"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/stacks/local/runtimeapi"
)

// record is one message as Lambda shows it to a function.
type record struct {
	MessageID              string               `json:"messageId"`
	ReceiptHandle          string               `json:"receiptHandle"`
	Body                   string               `json:"body"`
	Attributes             map[string]string    `json:"attributes"`
	MessageAttributes      map[string]attribute `json:"messageAttributes"`
	MD5OfMessageAttributes string               `json:"md5OfMessageAttributes,omitempty"`
	MD5OfBody              string               `json:"md5OfBody"`
	EventSource            string               `json:"eventSource"`
	EventSourceARN         string               `json:"eventSourceARN"`
	AWSRegion              string               `json:"awsRegion"`
}

type attribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

// SQSEvent is the event with which Lambda hands a batch of the queue to a
// function.
func SQSEvent(queueARN string, batch []awstest.ReceivedMessage) ([]byte, error) {
	records := make([]record, len(batch))
	for i, m := range batch {
		records[i] = record{
			MessageID: m.MessageID, ReceiptHandle: m.ReceiptHandle, Body: m.Body, Attributes: m.Attributes,
			MessageAttributes: attributes(m.MessageAttributes), MD5OfMessageAttributes: m.MD5OfMessageAttributes, MD5OfBody: m.MD5OfBody,
			EventSource: "aws:sqs", EventSourceARN: queueARN, AWSRegion: runtimeapi.Region,
		}
	}
	body, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return nil, fmt.Errorf("feeds: encode a batch of %s: %w", queueARN, err)
	}
	return body, nil
}

func attributes(in map[string]awstest.MessageAttribute) map[string]attribute {
	out := make(map[string]attribute, len(in))
	for name, a := range in {
		v := attribute{BinaryValue: a.BinaryValue, StringListValues: []string{}, BinaryListValues: []string{}, DataType: a.DataType}
		if a.BinaryValue == nil {
			v.StringValue = &a.StringValue
		}
		out[name] = v
	}
	return out
}
