package cloud

import (
	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/stacks/aws/edge"
)

// globalStack holds what CloudFront accepts from us-east-1 alone.
func (b *builder) globalStack() front {
	if !b.stage.Global() {
		return front{}
	}
	s := b.stackIn("GlobalStack", "what CloudFront wants in us-east-1", "us-east-1")
	var out front
	if b.stage.Domain != "" {
		out.certificate = awscertificatemanager.NewCertificate(s, jsii.String("Certificate"), &awscertificatemanager.CertificateProps{
			DomainName: jsii.String(b.stage.Domain), Validation: awscertificatemanager.CertificateValidation_FromDns(nil),
		})
	}
	if b.stage.Firewall {
		acl := b.acl(s, "EdgeFirewall", "CLOUDFRONT", allow(), limit(0))
		out.firewall = acl.AttrArn()
	}
	return out
}

// guardAPI lets only what CloudFront sent reach the API: whoever calls API
// Gateway's own address lacks the header's value.
func (b *builder) guardAPI(s cdk.Stack) {
	if !b.stage.Firewall {
		return
	}
	verified := rule("from-cloudfront", 0, "allow", &awswafv2.CfnWebACL_StatementProperty{
		ByteMatchStatement: &awswafv2.CfnWebACL_ByteMatchStatementProperty{
			FieldToMatch:         &awswafv2.CfnWebACL_FieldToMatchProperty{SingleHeader: map[string]string{"Name": "x-origin-verify"}},
			PositionalConstraint: jsii.String("EXACTLY"), SearchString: b.reference("origin", "verify").UnsafeUnwrap(),
			TextTransformations: []any{map[string]any{"priority": 0, "type": "NONE"}},
		},
	})
	acl := b.acl(s, "ApiFirewall", "REGIONAL", block(), verified)
	b.protect(s, "Api", b.api.DeploymentStage().StageArn(), acl)
}

// fencePool refuses sign-up and sign-in from elsewhere. The geofence cannot: a
// browser talks to Cognito directly.
func (b *builder) fencePool(s cdk.Stack) {
	if !b.stage.FenceAuth {
		return
	}
	home := rule("united-states", 1, "allow", &awswafv2.CfnWebACL_StatementProperty{
		GeoMatchStatement: &awswafv2.CfnWebACL_GeoMatchStatementProperty{CountryCodes: jsii.Strings(edge.Countries()...)},
	})
	acl := b.acl(s, "PoolFirewall", "REGIONAL", block(), limit(0), home)
	b.protect(s, "Pool", b.pool.UserPoolArn(), acl)
}

func (b *builder) protect(s cdk.Stack, what string, arn *string, acl awswafv2.CfnWebACL) {
	awswafv2.NewCfnWebACLAssociation(s, jsii.String(what+"FirewallAssociation"), &awswafv2.CfnWebACLAssociationProps{
		ResourceArn: arn, WebAclArn: acl.AttrArn(),
	})
}

func (b *builder) acl(s cdk.Stack, id, scope string, otherwise *awswafv2.CfnWebACL_DefaultActionProperty, rules ...*awswafv2.CfnWebACL_RuleProperty) awswafv2.CfnWebACL {
	return awswafv2.NewCfnWebACL(s, jsii.String(id), &awswafv2.CfnWebACLProps{
		Name: jsii.String(b.stage.Physical(id)), Description: jsii.String(b.readAnew(id)), Scope: jsii.String(scope), DefaultAction: otherwise, Rules: rules, VisibilityConfig: visible(id),
	})
}

func allow() *awswafv2.CfnWebACL_DefaultActionProperty {
	return &awswafv2.CfnWebACL_DefaultActionProperty{Allow: map[string]any{}}
}

func block() *awswafv2.CfnWebACL_DefaultActionProperty {
	return &awswafv2.CfnWebACL_DefaultActionProperty{Block: map[string]any{}}
}

// limit blocks an address that makes more than 2,000 requests in five minutes.
func limit(priority float64) *awswafv2.CfnWebACL_RuleProperty {
	return rule("rate", priority, "block", &awswafv2.CfnWebACL_StatementProperty{
		RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{Limit: jsii.Number(2000), AggregateKeyType: jsii.String("IP")},
	})
}

func rule(name string, priority float64, action string, when *awswafv2.CfnWebACL_StatementProperty) *awswafv2.CfnWebACL_RuleProperty {
	does := &awswafv2.CfnWebACL_RuleActionProperty{Block: map[string]any{}}
	if action == "allow" {
		does = &awswafv2.CfnWebACL_RuleActionProperty{Allow: map[string]any{}}
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name: jsii.String(name), Priority: jsii.Number(priority), Action: does, Statement: when, VisibilityConfig: visible(name),
	}
}

func visible(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true), SampledRequestsEnabled: jsii.Bool(false), MetricName: jsii.String("callanalyst-" + name),
	}
}
