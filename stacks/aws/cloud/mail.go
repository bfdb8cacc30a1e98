package cloud

import (
	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsses"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// sesStack is mail: what sends it, what comes back, and the key under which
// Cognito hands over its codes.
func (b *builder) sesStack() {
	s := b.stack("SesStack", "mail and what comes back of it")
	b.codeKey = b.key(s, "CodeKey", "code", "encrypts the codes that Cognito hands to the e-mail sender")
	b.letCognitoUse(s)
	for _, name := range fleet.Topics() {
		b.topics[name] = awssns.NewTopic(s, jsii.String(camel(name)+"Topic"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	}
	b.mail(s)
	for _, f := range b.living("SesStack") {
		fn := b.function(s, f)
		if f.Trigger.Topic == "" {
			continue
		}
		b.topics[f.Trigger.Topic].AddSubscription(awssnssubscriptions.NewLambdaSubscription(fn,
			&awssnssubscriptions.LambdaSubscriptionProps{DeadLetterQueue: b.undelivered(s, f)}))
	}
	b.watchReputation(s)
}

// letCognitoUse adds what CDK leaves out: Cognito makes a grant on the key when
// the pool is created. A statement for the one pool would be a circle, so it
// names the account's pools.
func (b *builder) letCognitoUse(s cdk.Stack) {
	pools := s.FormatArn(&cdk.ArnComponents{Service: jsii.String("cognito-idp"), Resource: jsii.String("userpool"), ResourceName: jsii.String("*")})
	b.codeKey.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("CognitoEncryptsCodes"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cognito-idp.amazonaws.com"), nil)},
		Actions:    jsii.Strings("kms:CreateGrant", "kms:Encrypt"), Resources: jsii.Strings("*"),
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": s.Account()},
			"ArnLike":      map[string]any{"aws:SourceArn": pools},
		},
	}), nil)
}

// mail is the identity and its two configuration sets. Neither rewrites links or
// adds pixels: in a sign-in mail that would be a stranger's link.
func (b *builder) mail(s cdk.Stack) {
	for _, name := range []string{"auth", "product"} {
		b.sets[name] = b.stage.Physical(name)
		set := awsses.NewConfigurationSet(s, jsii.String(camel(name)+"Set"), &awsses.ConfigurationSetProps{
			ConfigurationSetName: jsii.String(b.sets[name]), ReputationMetrics: jsii.Bool(true),
			SuppressionReasons: awsses.SuppressionReasons_BOUNCES_AND_COMPLAINTS, TlsPolicy: awsses.ConfigurationSetTlsPolicy_REQUIRE,
		})
		if topic, ok := b.topics["ses-events"]; ok {
			set.AddEventDestination(jsii.String("Events"), &awsses.ConfigurationSetEventDestinationOptions{
				Destination: awsses.EventDestination_SnsTopic(topic),
				Events: &[]awsses.EmailSendingEvent{
					awsses.EmailSendingEvent_BOUNCE, awsses.EmailSendingEvent_COMPLAINT,
					awsses.EmailSendingEvent_DELIVERY, awsses.EmailSendingEvent_REJECT,
				},
			})
		}
	}
	// Feedback comes by the topic; the copies by mail would go to nobody.
	identity := awsses.NewEmailIdentity(s, jsii.String("Identity"), &awsses.EmailIdentityProps{
		Identity:       awsses.Identity_Domain(jsii.String(b.stage.MailDomain)),
		MailFromDomain: jsii.String("mail." + b.stage.MailDomain), FeedbackForwarding: jsii.Bool(false),
		MailFromBehaviorOnMxFailure: awsses.MailFromBehaviorOnMxFailure_USE_DEFAULT_VALUE,
	})
	if b.stage.Lacks(stage.DKIM) {
		return
	}
	for i, record := range *identity.DkimRecords() {
		n := string(rune('1' + i))
		output(s, "DkimName"+n, record.Name, "DNS name of DKIM key "+n)
		output(s, "DkimValue"+n, record.Value, "DNS value of DKIM key "+n)
	}
}
