package poll

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// send sends a batch of jobs, each held back until its moment, and returns those
// that the queue did not take.
func (p *Poller) send(ctx context.Context, jobs []work) (lost []work, err error) {
	now := p.Now()
	in := &sqs.SendMessageBatchInput{QueueUrl: &p.Queue}
	for i, j := range jobs {
		body, err := json.Marshal(j.Job)
		if err != nil {
			return jobs, err
		}
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body)), DelaySeconds: delay(j.at.Sub(now)),
		})
	}
	out, err := p.SQS.SendMessageBatch(ctx, in)
	if err != nil {
		return jobs, err
	}
	for _, f := range out.Failed {
		if i, err := strconv.Atoi(aws.ToString(f.Id)); err == nil && i >= 0 && i < len(jobs) {
			lost = append(lost, jobs[i])
		}
	}
	return lost, nil
}

// delay is how long SQS holds a message back, in its whole seconds.
func delay(d time.Duration) int32 {
	return int32(max(0, min(d, MaxDelay)) / time.Second)
}
