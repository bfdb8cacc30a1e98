package cloud

import (
	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/stacks/aws/edge"
)

// origins are what the site talks to beyond its own address. The API is behind
// the site's.
func (b *builder) origins() edge.Origins {
	return edge.Origins{
		Pool:   "https://cognito-idp." + b.stage.Region + ".amazonaws.com",
		Domain: "https://" + b.stage.AuthPrefix + ".auth." + b.stage.Region + ".amazoncognito.com",
	}
}

// headers are those of edge.Headers: CloudFront wants the ones it knows by
// property, and a test holds the two to the same values.
func (b *builder) headers(s cdk.Stack) awscloudfront.ResponseHeadersPolicy {
	return awscloudfront.NewResponseHeadersPolicy(s, jsii.String("Headers"), &awscloudfront.ResponseHeadersPolicyProps{
		ResponseHeadersPolicyName: jsii.String(b.stage.Physical("headers")),
		SecurityHeadersBehavior: &awscloudfront.ResponseSecurityHeadersBehavior{
			StrictTransportSecurity: &awscloudfront.ResponseHeadersStrictTransportSecurity{
				AccessControlMaxAge: cdk.Duration_Days(jsii.Number(edge.HSTSDays)), IncludeSubdomains: jsii.Bool(true), Override: jsii.Bool(false),
			},
			ContentTypeOptions: &awscloudfront.ResponseHeadersContentTypeOptions{Override: jsii.Bool(true)},
			FrameOptions:       &awscloudfront.ResponseHeadersFrameOptions{FrameOption: awscloudfront.HeadersFrameOption_DENY, Override: jsii.Bool(false)},
			ReferrerPolicy: &awscloudfront.ResponseHeadersReferrerPolicy{
				ReferrerPolicy: awscloudfront.HeadersReferrerPolicy_STRICT_ORIGIN_WHEN_CROSS_ORIGIN, Override: jsii.Bool(false),
			},
			ContentSecurityPolicy: &awscloudfront.ResponseHeadersContentSecurityPolicy{
				ContentSecurityPolicy: jsii.String(edge.Policy(b.origins())), Override: jsii.Bool(false),
			},
		},
		CustomHeadersBehavior: &awscloudfront.ResponseCustomHeadersBehavior{CustomHeaders: &[]*awscloudfront.ResponseCustomHeader{
			{Header: jsii.String("Permissions-Policy"), Value: jsii.String(edge.Permissions), Override: jsii.Bool(false)},
			{Header: jsii.String("Cross-Origin-Opener-Policy"), Value: jsii.String(edge.Opener), Override: jsii.Bool(false)},
		}},
	})
}
