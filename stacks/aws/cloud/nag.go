package cloud

import (
	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
)

// Nag adds the rules of cdk-nag to the app. What is still found after the
// suppressions below fails the synthesis under the CDK's own command line.
func Nag(app cdk.App) {
	cdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Verbose: jsii.Bool(true), Reports: jsii.Bool(true)}), nil)
	for _, node := range *app.Node().Children() {
		stack, ok := node.(cdk.Stack)
		if !ok {
			continue
		}
		var out []*cdknag.NagPackSuppression
		for _, s := range suppressions() {
			if s.stack == "" || s.stack == *node.Node().Id() {
				out = append(out, &cdknag.NagPackSuppression{Id: jsii.String("AwsSolutions-" + s.rule), Reason: jsii.String(s.reason)})
			}
		}
		if len(out) > 0 {
			cdknag.NagSuppressions_AddStackSuppressions(stack, &out, jsii.Bool(true))
		}
	}
}

// suppression is one rule that we do not follow, and why.
type suppression struct{ rule, stack, reason string }

func suppressions() []suppression {
	return []suppression{
		{"APIG2", "ApiStack", "Every function checks its own input against its own types, with the codes that docs/errors.md lists."},
		{"APIG3", "ApiStack", "The firewall on the API is on where the stage says so; dev goes without its cost."},
		{"APIG4", "ApiStack", "Each function verifies the access token itself; webhooks prove themselves by signature."},
		{"APIG6", "ApiStack", "The access log has every request; API Gateway's execution log would keep tokens and bodies."},
		{"CFR1", "EdgeStack", "The geofence redirects to a page that explains; CloudFront's own rule could only answer 403."},
		{"CFR2", "EdgeStack", "The firewall is on where the stage says so; dev goes without its cost."},
		{"CFR3", "EdgeStack", "The access log of the API has its requests; the site's would keep visitors' addresses for nothing."},
		{"CFR4", "EdgeStack", "Without a domain the distribution has CloudFront's own certificate, which fixes the protocol."},
		{"COG2", "AuthStack", "The second factor is the person's choice: a one-time password, never an SMS."},
		{"COG3", "AuthStack", "Threat protection needs the Plus plan; docs/decisions/open-questions.md says when it pays."},
		{"COG4", "ApiStack", "Each function verifies the access token itself, so that a cold start waits for no authorizer."},
		{"IAM4", "ApiStack", "API Gateway writes its access log with AWS's own policy for that, on a role it alone may take."},
		{"IAM5", "", "X-Ray has no resources to name; CDK's reader and writer keep below one prefix. Any other wildcard fails a test."},
		{"L1", "EdgeStack", "CDK's own function that unpacks the site's files has the runtime that CDK gives it."},
		{"S1", "EdgeStack", "The bucket is read by CloudFront alone; who deployed what is in CloudTrail."},
		{"SMG4", "DataStack", "The keys are the vendors': they rotate there, and task secrets puts the new one beside the old."},
		{"SQS3", "", "A dead-letter queue needs none of its own."},
	}
}
