package stack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/runtimeapi"
)

// seeds are the names of what the AWS stand-ins hold, as functions are told.
type seeds struct {
	queues               map[string]string // URL by name
	secrets              map[string]string // by short name
	codeKey, calendarKey string            // ARNs
	jwks                 string
}

// deadRetention is how long a dead-letter queue keeps a message: SQS's longest.
const deadRetention = 14 * 24 * time.Hour

// seed makes what CDK makes on AWS. What a kept state already has stays.
func (s *Stack) seed(ctx context.Context) error {
	s.seeds = seeds{queues: map[string]string{}, secrets: map[string]string{}}
	for _, f := range []func(context.Context) error{s.seedKeys, s.seedSecrets, s.seedQueues, s.seedMail} {
		if err := f(ctx); err != nil {
			return fmt.Errorf("stack: prepare the AWS endpoint: %w", err)
		}
	}
	return nil
}

func (s *Stack) seedKeys(ctx context.Context) (err error) {
	if s.seeds.codeKey, err = s.key(ctx, "alias/callanalyst-code", "Cognito's e-mail codes"); err != nil {
		return err
	}
	s.seeds.calendarKey, err = s.key(ctx, "alias/callanalyst-calendar", "Google refresh tokens")
	return err
}

// key returns the ARN of the key behind an alias, and makes both if need be.
func (s *Stack) key(ctx context.Context, alias, what string) (string, error) {
	if out, err := s.AWS.KMS.DescribeKey(ctx, awstest.KeyRef{KeyID: alias}); err == nil {
		return out.KeyMetadata.Arn, nil
	}
	out, err := s.AWS.KMS.CreateKey(ctx, awstest.CreateKeyInput{Description: what})
	if err != nil {
		return "", err
	}
	return out.KeyMetadata.Arn, s.AWS.KMS.CreateAlias(ctx, awstest.AliasInput{AliasName: alias, TargetKeyID: out.KeyMetadata.KeyID})
}

func (s *Stack) seedSecrets(ctx context.Context) error {
	for _, row := range fleet.Secrets() {
		text, err := json.Marshal(s.secret(row))
		if err != nil {
			return err
		}
		id := "callanalyst/" + row.Name
		in := awstest.SecretInput{Name: id, SecretID: id, SecretString: new(string(text))}
		_, err = s.AWS.Secrets.CreateSecret(ctx, in)
		if code(err) == "ResourceExistsException" && s.current(ctx, id) != string(text) {
			_, err = s.AWS.Secrets.PutSecretValue(ctx, in)
		}
		if err != nil && code(err) != "ResourceExistsException" {
			return err
		}
		s.seeds.secrets[row.Name] = id
	}
	return nil
}

// current is the text of a secret, "" if it cannot be read.
func (s *Stack) current(ctx context.Context, id string) string {
	out, err := s.AWS.Secrets.GetSecretValue(ctx, awstest.SecretRef{SecretID: id})
	if err != nil || out.SecretString == nil {
		return ""
	}
	return *out.SecretString
}

func (s *Stack) seedQueues(ctx context.Context) error {
	for _, q := range fleet.Queues() {
		dead := awstest.CreateQueueInput{QueueName: q.Name + "-dead", Attributes: map[string]string{"MessageRetentionPeriod": seconds(deadRetention)}}
		live := awstest.CreateQueueInput{QueueName: q.Name, Attributes: map[string]string{
			"VisibilityTimeout": seconds(q.Visibility),
			"RedrivePolicy":     fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":%d}`, queueARN(dead.QueueName), q.Receives),
		}}
		for _, in := range []awstest.CreateQueueInput{dead, live} {
			if err := s.queue(ctx, in); err != nil {
				return err
			}
		}
	}
	return nil
}

// queue makes a queue, or gives the one that is there its present attributes.
func (s *Stack) queue(ctx context.Context, in awstest.CreateQueueInput) error {
	ref, err := s.AWS.SQS.CreateQueue(ctx, in)
	if code(err) == "QueueNameExists" {
		ref, err = s.AWS.SQS.GetQueueURL(ctx, awstest.QueueName{QueueName: in.QueueName})
		if err == nil {
			err = s.AWS.SQS.SetQueueAttributes(ctx, awstest.SetQueueAttributesInput{QueueURL: ref.QueueURL, Attributes: in.Attributes})
		}
	}
	if err == nil {
		s.seeds.queues[in.QueueName] = ref.QueueURL
	}
	return err
}

// seedMail verifies the domain and makes the configuration sets, whose events
// go to the topic that ses-events reads.
func (s *Stack) seedMail(ctx context.Context) error {
	for _, name := range fleet.Topics() {
		topic, err := s.AWS.SNS.CreateTopic(ctx, name)
		if err != nil {
			return err
		}
		if err := s.subscribe(ctx, name, topic); err != nil {
			return err
		}
		if name == "ses-events" {
			err = s.seedSets(ctx, topic)
		}
		if err != nil {
			return err
		}
	}
	_, err := s.AWS.SES.CreateEmailIdentity(ctx, awstest.IdentityRef{EmailIdentity: "callanalyst.app"})
	return unlessThere(err)
}

func (s *Stack) subscribe(ctx context.Context, name, topic string) error {
	for _, f := range s.plan.Functions {
		if f.Trigger.Topic != name {
			continue
		}
		if _, err := s.AWS.SNS.Subscribe(ctx, topic, "lambda", runtimeapi.ARN(f.Name), false); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stack) seedSets(ctx context.Context, topic string) error {
	for _, set := range []string{"auth", "product"} {
		err := s.AWS.SES.CreateConfigurationSet(ctx, awstest.ConfigurationSetRef{ConfigurationSetName: set})
		if err := unlessThere(err); err != nil {
			return err
		}
		err = s.AWS.SES.CreateConfigurationSetEventDestination(ctx, awstest.EventDestinationInput{
			ConfigurationSetName: set, EventDestinationName: "ses-events",
			EventDestination: awstest.EventDestination{
				Enabled: true, MatchingEventTypes: []string{"BOUNCE", "COMPLAINT", "DELIVERY"}, SnsDestination: awstest.SNSDestination{TopicArn: topic},
			},
		})
		if err := unlessThere(err); err != nil {
			return err
		}
	}
	return nil
}

// readKeys fetches the pool's public keys from the address where everybody can.
func (s *Stack) readKeys(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.inner(awsPort)+jwksPath, nil)
	if err != nil {
		return fmt.Errorf("stack: read the pool's keys: %w", err)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return fmt.Errorf("stack: read the pool's keys: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("stack: read the pool's keys: status %d: %w", resp.StatusCode, err)
	}
	s.seeds.jwks = string(body)
	return nil
}

func unlessThere(err error) error {
	if code(err) == "AlreadyExistsException" {
		return nil
	}
	return err
}

// code is the AWS code of an error, "" if it has none.
func code(err error) string {
	var refusal *awstest.Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return ""
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d.Seconds())) }

func queueARN(name string) string {
	return "arn:aws:sqs:" + runtimeapi.Region + ":" + runtimeapi.Account + ":" + name
}
