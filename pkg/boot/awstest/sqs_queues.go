package awstest

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// QueueRef names a queue by its URL.
type QueueRef struct {
	QueueURL string `json:"QueueUrl"`
}

// CreateQueueInput asks for a queue.
type CreateQueueInput struct {
	QueueName  string
	Attributes map[string]string
}

// CreateQueue makes a queue, or returns it if it exists with these attributes.
func (s *SQS) CreateQueue(_ context.Context, in CreateQueueInput) (QueueRef, error) {
	if in.QueueName == "" || len(in.QueueName) > 80 || strings.Trim(in.QueueName, nameRunes) != "" {
		return QueueRef{}, refuse("InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkAttributes(in.Attributes); err != nil {
		return QueueRef{}, err
	}
	if q := s.queues[in.QueueName]; q != nil {
		for k, v := range in.Attributes {
			if q.attribute(k) != v {
				return QueueRef{}, refuse("QueueNameExists", "A queue already exists with the same name and a different value for attribute %s", k)
			}
		}
		return s.ref(q), nil
	}
	q := &queue{Name: in.QueueName, Attrs: map[string]string{}, Created: s.cfg.Now()}
	maps.Copy(q.Attrs, in.Attributes)
	s.queues[q.Name] = q
	return s.ref(q), nil
}

// nameRunes are the characters of a queue's name.
const nameRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

// ref returns a queue's URL.
func (s *SQS) ref(q *queue) QueueRef {
	return QueueRef{s.cfg.URL + "/" + s.cfg.Account + "/" + q.Name}
}

// find returns the queue of a URL, an ARN or a bare name. The caller holds mu.
func (s *SQS) find(url string) (*queue, error) {
	name := path.Base(url)
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	if q := s.queues[name]; q != nil {
		return q, nil
	}
	return nil, refuse("QueueDoesNotExist", "The specified queue does not exist.")
}

// DeleteQueue removes a queue and its messages.
func (s *SQS) DeleteQueue(_ context.Context, in QueueRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return err
	}
	delete(s.queues, q.Name)
	s.wake()
	return nil
}

// ListQueuesInput narrows a list to names with a prefix.
type ListQueuesInput struct {
	QueueNamePrefix string
}

// ListQueuesOutput holds queue URLs, by name.
type ListQueuesOutput struct {
	QueueURLs []string `json:"QueueUrls"`
}

// ListQueues lists all queues on one page.
func (s *SQS) ListQueues(_ context.Context, in ListQueuesInput) (ListQueuesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := ListQueuesOutput{QueueURLs: []string{}}
	for _, name := range slices.Sorted(maps.Keys(s.queues)) {
		if strings.HasPrefix(name, in.QueueNamePrefix) {
			out.QueueURLs = append(out.QueueURLs, s.ref(s.queues[name]).QueueURL)
		}
	}
	return out, nil
}

// QueueName names a queue by its name.
type QueueName struct {
	QueueName string
}

// GetQueueURL returns the URL of a queue.
func (s *SQS) GetQueueURL(_ context.Context, in QueueName) (QueueRef, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueName)
	if err != nil {
		return QueueRef{}, err
	}
	return s.ref(q), nil
}

// limits holds the attributes one may set, with their default and range.
func limits() map[string][3]int {
	return map[string][3]int{
		"VisibilityTimeout":             {30, 0, 43200},
		"DelaySeconds":                  {0, 0, 900},
		"MessageRetentionPeriod":        {345600, 60, 1209600},
		"MaximumMessageSize":            {maxMessage, 1024, maxMessage},
		"ReceiveMessageWaitTimeSeconds": {0, 0, 20},
	}
}

// attribute returns an attribute or its default.
func (q *queue) attribute(name string) string {
	if v, ok := q.Attrs[name]; ok {
		return v
	}
	if l, ok := limits()[name]; ok {
		return strconv.Itoa(l[0])
	}
	return ""
}

// number returns a numeric attribute.
func (q *queue) number(name string) int {
	n, _ := strconv.Atoi(q.attribute(name)) // checked when it was set
	return n
}

// seconds returns an attribute that is a duration.
func (q *queue) seconds(name string) time.Duration {
	return time.Duration(q.number(name)) * time.Second
}

// redrive is a queue's dead-letter rule.
type redrive struct {
	Target      string      `json:"deadLetterTargetArn"`
	MaxReceives json.Number `json:"maxReceiveCount"`
}

// redrive returns the queue's dead-letter rule; without one the target is "".
func (q *queue) redrive() (target string, maxReceives int) {
	r, err := parseRedrive(q.Attrs["RedrivePolicy"])
	if err != nil {
		return "", 0
	}
	n, _ := strconv.Atoi(r.MaxReceives.String())
	return r.Target, n
}

// parseRedrive reads a RedrivePolicy; its count may be a number or a string.
func parseRedrive(policy string) (redrive, error) {
	var r redrive
	if err := json.Unmarshal([]byte(policy), &r); err != nil {
		return redrive{}, err
	}
	return r, nil
}

// checkAttributes refuses unknown names and values out of range. The caller
// holds mu.
func (s *SQS) checkAttributes(attrs map[string]string) error {
	for name, value := range attrs {
		if err := s.checkAttribute(name, value); err != nil {
			return err
		}
	}
	return nil
}

// checkAttribute checks one attribute.
func (s *SQS) checkAttribute(name, value string) error {
	switch name {
	case "Policy", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled", "RedriveAllowPolicy":
		return nil
	case "RedrivePolicy":
		return s.checkRedrive(value)
	}
	l, ok := limits()[name]
	if !ok {
		return refuse("InvalidAttributeName", "Unknown Attribute %s.", name)
	}
	if n, err := strconv.Atoi(value); err != nil || n < l[1] || n > l[2] {
		return refuse("InvalidAttributeValue", "Invalid value for the parameter %s.", name)
	}
	return nil
}

// checkRedrive refuses a policy whose queue is not there. An empty policy
// takes the rule away.
func (s *SQS) checkRedrive(policy string) error {
	if policy == "" {
		return nil
	}
	r, err := parseRedrive(policy)
	if err != nil {
		return refuse("InvalidParameterValue", "Value %s for parameter RedrivePolicy is invalid. Reason: Redrive policy is not a valid JSON map.", policy)
	}
	if n, err := strconv.Atoi(r.MaxReceives.String()); err != nil || n < 1 || n > 1000 {
		return refuse("InvalidParameterValue", "Value %s for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: %s, valid values are from 1 to 1000 both inclusive.", policy, r.MaxReceives)
	}
	if _, err := s.find(r.Target); err != nil {
		return refuse("InvalidParameterValue", "Value %s for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.", policy)
	}
	return nil
}

// QueueAttributesInput names a queue and the attributes wanted; All for all.
type QueueAttributesInput struct {
	QueueURL       string `json:"QueueUrl"`
	AttributeNames []string
}

// QueueAttributesOutput holds attributes by name.
type QueueAttributesOutput struct {
	Attributes map[string]string
}

// GetQueueAttributes returns a queue's attributes and message counts.
func (s *SQS) GetQueueAttributes(_ context.Context, in QueueAttributesInput) (QueueAttributesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return QueueAttributesOutput{}, err
	}
	all := s.attributes(q)
	maps.DeleteFunc(all, func(name, _ string) bool {
		return !slices.Contains(in.AttributeNames, "All") && !slices.Contains(in.AttributeNames, name)
	})
	return QueueAttributesOutput{all}, nil
}

// attributes returns every attribute of a queue.
func (s *SQS) attributes(q *queue) map[string]string {
	all := map[string]string{
		"QueueArn":         s.cfg.arn("sqs", q.Name),
		"CreatedTimestamp": strconv.FormatInt(q.Created.Unix(), 10), "LastModifiedTimestamp": strconv.FormatInt(q.Created.Unix(), 10),
	}
	for name := range limits() {
		all[name] = q.attribute(name)
	}
	maps.Copy(all, q.Attrs)
	visible, hidden, delayed := q.counts(s.cfg.Now())
	all["ApproximateNumberOfMessages"] = strconv.Itoa(visible)
	all["ApproximateNumberOfMessagesNotVisible"] = strconv.Itoa(hidden)
	all["ApproximateNumberOfMessagesDelayed"] = strconv.Itoa(delayed)
	return all
}

// counts returns how many messages wait, are in flight and are delayed.
func (q *queue) counts(now time.Time) (visible, hidden, delayed int) {
	for _, m := range q.Messages {
		switch {
		case !now.Before(m.VisibleAt):
			visible++
		case m.Receives > 0:
			hidden++
		default:
			delayed++
		}
	}
	return visible, hidden, delayed
}

// SetQueueAttributesInput changes a queue's attributes.
type SetQueueAttributesInput struct {
	QueueURL   string `json:"QueueUrl"`
	Attributes map[string]string
}

// SetQueueAttributes changes the named attributes and leaves the others.
func (s *SQS) SetQueueAttributes(_ context.Context, in SetQueueAttributesInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return err
	}
	if err := s.checkAttributes(in.Attributes); err != nil {
		return err
	}
	maps.Copy(q.Attrs, in.Attributes)
	return nil
}

// PurgeQueue removes all messages.
func (s *SQS) PurgeQueue(_ context.Context, in QueueRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(in.QueueURL)
	if err != nil {
		return err
	}
	q.Messages = nil
	return nil
}
