package cloud

import (
	"slices"
	"strings"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
)

// dataStack holds what must outlive everything else.
func (b *builder) dataStack() {
	s := b.stack("DataStack", "tables, queues and secrets")
	b.alarmTopic(s)
	for _, t := range fleet.Tables() {
		b.tables[t.Name] = b.table(s, t)
	}
	b.lost = b.queue(s, "lost", awssqs.QueueProps{})
	b.watchQueue(s, "lost", b.lost)
	for _, q := range fleet.Queues() {
		b.queues[q.Name] = b.fed(s, q)
	}
	for _, secret := range fleet.Secrets() {
		b.secrets[secret.Name] = b.secret(s, secret.Name)
	}
	if b.stage.Apple != nil {
		b.secrets["apple"] = b.secret(s, "apple")
	}
	if b.called(fleet.CalendarKey) {
		b.calendarKey = b.key(s, "CalendarKey", "calendar", "encrypts the refresh tokens of connected calendars")
	}
}

// called reports whether any function calls something on the resource.
func (b *builder) called(r fleet.Resource) bool {
	return slices.ContainsFunc(b.rows, func(f fleet.Function) bool {
		return slices.ContainsFunc(f.Calls, func(c fleet.Call) bool { return c.Resource == r })
	})
}

// alarmTopic is where every alarm goes. Production needs a reader.
func (b *builder) alarmTopic(s cdk.Stack) {
	b.alarms = awssns.NewTopic(s, jsii.String("Alarms"), &awssns.TopicProps{
		DisplayName: jsii.String("Call Analyst alarms, " + b.stage.Name), EnforceSSL: jsii.Bool(true),
	})
	if b.stage.AlarmEmail != "" {
		b.alarms.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(b.stage.AlarmEmail), nil))
	}
}

// table builds a row of the manifest. CloudFormation names it, so that a change
// that needs a new table cannot collide with the old one.
func (b *builder) table(s cdk.Stack, t fleet.Table) awsdynamodb.Table {
	props := &awsdynamodb.TableProps{
		PartitionKey: attribute(t.Hash), SortKey: attribute(t.Range),
		BillingMode:        awsdynamodb.BillingMode_PAY_PER_REQUEST,
		DeletionProtection: jsii.Bool(b.stage.Retain), RemovalPolicy: b.keep(),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
	}
	if t.TTL != "" {
		props.TimeToLiveAttribute = jsii.String(t.TTL)
	}
	table := awsdynamodb.NewTable(s, jsii.String(camel(t.Name)), props)
	for _, i := range t.Indexes {
		index := &awsdynamodb.GlobalSecondaryIndexProps{IndexName: jsii.String(i.Name), PartitionKey: attribute(i.Hash), SortKey: attribute(i.Range)}
		if i.KeysOnly {
			index.ProjectionType = awsdynamodb.ProjectionType_KEYS_ONLY
		}
		table.AddGlobalSecondaryIndex(index)
	}
	return table
}

func attribute(k fleet.Key) *awsdynamodb.Attribute {
	if k.Name == "" {
		return nil
	}
	kind := awsdynamodb.AttributeType_STRING
	if k.Number {
		kind = awsdynamodb.AttributeType_NUMBER
	}
	return &awsdynamodb.Attribute{Name: jsii.String(k.Name), Type: kind}
}

// fed builds a row's queue and the queue of its dead messages.
func (b *builder) fed(s cdk.Stack, q fleet.Queue) awssqs.Queue {
	dead := b.queue(s, q.Name+"-dead", awssqs.QueueProps{})
	b.watchQueue(s, q.Name+"-dead", dead)
	return b.queue(s, q.Name, awssqs.QueueProps{
		VisibilityTimeout: seconds(q.Visibility),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: dead, MaxReceiveCount: jsii.Number(q.Receives)},
	})
}

func (b *builder) queue(s cdk.Stack, name string, props awssqs.QueueProps) awssqs.Queue {
	props.Encryption = awssqs.QueueEncryption_SQS_MANAGED
	props.EnforceSSL = jsii.Bool(true)
	props.RetentionPeriod = cdk.Duration_Days(jsii.Number(14))
	props.RemovalPolicy = cdk.RemovalPolicy_DESTROY
	return awssqs.NewQueue(s, jsii.String(camel(name)+"Queue"), &props)
}

// secret builds a secret without its value, which `task secrets` fills. The one
// generated field is random, so that CloudFront's word to the API is secret from
// the first deploy. Nothing here may follow from the manifest's fields: when the
// generator's properties change, CloudFormation generates anew and what was
// filled in is gone.
func (b *builder) secret(s cdk.Stack, name string) awssecretsmanager.Secret {
	generated := "placeholder"
	if name == "origin" {
		generated = "verify"
	}
	return awssecretsmanager.NewSecret(s, jsii.String(camel(name)+"Secret"), &awssecretsmanager.SecretProps{
		SecretName:    jsii.String(b.stage.SecretName(name)),
		Description:   jsii.String("Call Analyst: " + name + "; filled by task secrets"),
		RemovalPolicy: b.keep(),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			SecretStringTemplate: jsii.String("{}"), GenerateStringKey: jsii.String(generated),
			ExcludePunctuation: jsii.Bool(true), PasswordLength: jsii.Number(48),
		},
	})
}

func (b *builder) key(s cdk.Stack, id, alias, means string) awskms.Key {
	return awskms.NewKey(s, jsii.String(id), &awskms.KeyProps{
		Alias: jsii.String("alias/" + b.stage.Physical(alias)), Description: jsii.String("Call Analyst: " + means),
		EnableKeyRotation: jsii.Bool(true), RemovalPolicy: b.keep(),
	})
}

// camel turns a name of the manifest into a construct's: stripe_events and
// pre-signup become StripeEvents and PreSignup.
func camel(name string) string {
	var out strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return r == '-' || r == '_' }) {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}
