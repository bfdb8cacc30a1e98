package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

// bounce publishes what SES publishes when a mail comes back, and waits for the
// row that keeps the address from getting more.
func (p *probe) bounce(ctx context.Context) result {
	r := result{what: "a bounce on the topic reaches ses-events"}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	text, err := sampleBounce()
	if err != nil {
		r.err = err
		return r
	}
	topic, err := p.topic(ctx)
	if err != nil {
		r.err = err
		return r
	}
	table, err := p.table(ctx, "Suppressions")
	if err != nil {
		r.err = err
		return r
	}
	if _, err := p.topics.Publish(ctx, &sns.PublishInput{TopicArn: &topic, Message: &text}); err != nil {
		r.err = fmt.Errorf("publish: %w", err)
		return r
	}
	r.saw, r.err = p.firstRow(ctx, table)
	return r
}

// sampleBounce is the message of the fleet's own sample event.
func sampleBounce() (string, error) {
	text, err := os.ReadFile("events/ses-events/bounce.json")
	if err != nil {
		return "", err
	}
	var event struct {
		Records []struct{ Sns struct{ Message string } }
	}
	if err := json.Unmarshal(text, &event); err != nil || len(event.Records) == 0 {
		return "", fmt.Errorf("read the sample bounce: %w", err)
	}
	return event.Records[0].Sns.Message, nil
}

func (p *probe) topic(ctx context.Context) (string, error) {
	out, err := p.topics.ListTopics(ctx, &sns.ListTopicsInput{})
	if err != nil {
		return "", fmt.Errorf("list the topics: %w", err)
	}
	for _, t := range out.Topics {
		if strings.Contains(*t.TopicArn, "SesEvents") {
			return *t.TopicArn, nil
		}
	}
	return "", errors.New("there is no topic for mail that comes back")
}

func (p *probe) table(ctx context.Context, name string) (string, error) {
	out, err := p.rows.ListTables(ctx, &dynamodb.ListTablesInput{})
	if err != nil {
		return "", fmt.Errorf("list the tables: %w", err)
	}
	for _, t := range out.TableNames {
		if strings.Contains(t, "-"+name) {
			return t, nil
		}
	}
	return "", fmt.Errorf("there is no table %s", name)
}

// firstRow waits until the table has a row.
func (p *probe) firstRow(ctx context.Context, table string) (string, error) {
	for {
		out, err := p.rows.Scan(ctx, &dynamodb.ScanInput{TableName: &table})
		if err != nil {
			return "", fmt.Errorf("read the table: %w", err)
		}
		if out.Count > 0 {
			return fmt.Sprintf("%d address suppressed", out.Count), nil
		}
		select {
		case <-ctx.Done():
			return "", errors.New("no address was suppressed within a minute")
		case <-time.After(300 * time.Millisecond):
		}
	}
}
