package cloud

import (
	"fmt"
	"strings"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfront"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudfrontorigins"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/stacks/aws/edge"
)

// Country is the header that the geofence judges by. CloudFront adds it only for
// behaviours whose origin request policy asks for it: without that the geofence
// sees no country and lets nobody in.
const Country = "CloudFront-Viewer-Country"

// front is what us-east-1 holds for the distribution. Its zero value is a
// distribution on CloudFront's own address, without a firewall.
type front struct {
	certificate awscertificatemanager.ICertificate
	firewall    *string
}

// edgeStack is the one public door: the site behind the geofence, and the API
// beside it without.
func (b *builder) edgeStack(f front) {
	s := b.stack("EdgeStack", "CloudFront, the site and the geofence")
	bucket := b.siteBucket(s)
	headers := b.headers(s)
	props := &awscloudfront.DistributionProps{
		Comment:           jsii.String(b.readAnew("Call Analyst " + b.stage.Name)),
		DefaultRootObject: jsii.String("index.html"), HttpVersion: awscloudfront.HttpVersion_HTTP2_AND_3,
		MinimumProtocolVersion: awscloudfront.SecurityPolicyProtocol_TLS_V1_2_2021, PriceClass: awscloudfront.PriceClass_PRICE_CLASS_100,
		DefaultBehavior: b.siteBehavior(s, bucket, headers),
		// No error page of its own: it would also replace the API's 403 and 404.
		AdditionalBehaviors: &map[string]*awscloudfront.BehaviorOptions{
			"/api/*": b.apiBehavior(headers), "/webhooks/*": b.apiBehavior(headers),
		},
		WebAclId: f.firewall,
	}
	if f.certificate != nil {
		props.Certificate = f.certificate
		props.DomainNames = jsii.Strings(b.stage.Domain)
	}
	d := awscloudfront.NewDistribution(s, jsii.String("Site"), props)
	b.files(s, bucket)
	site := jsii.String("https://" + *d.DistributionDomainName())
	if b.stage.Domain != "" {
		site = jsii.String("https://" + b.stage.Domain)
	}
	output(s, "SiteUrl", site, "the site")
	output(s, "SiteBucket", bucket.BucketName(), "where the site's files go")
	output(s, "DistributionId", d.DistributionId(), "to invalidate after the files have changed")
	output(s, "DistributionDomain", d.DistributionDomainName(), "the DNS record of the site points here")
}

func (b *builder) siteBucket(s cdk.Stack) awss3.Bucket {
	return awss3.NewBucket(s, jsii.String("Files"), &awss3.BucketProps{
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), Encryption: awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL: jsii.Bool(true), Versioned: jsii.Bool(true), RemovalPolicy: b.keep(),
		LifecycleRules: &[]*awss3.LifecycleRule{{NoncurrentVersionExpiration: cdk.Duration_Days(jsii.Number(30))}},
	})
}

// siteBehavior serves the files to whom the geofence lets in. The country is in
// the origin request policy and not in the cache policy, where it would split
// the cache by country.
func (b *builder) siteBehavior(s cdk.Stack, bucket awss3.Bucket, headers awscloudfront.ResponseHeadersPolicy) *awscloudfront.BehaviorOptions {
	country := awscloudfront.NewOriginRequestPolicy(s, jsii.String("CountryPolicy"), &awscloudfront.OriginRequestPolicyProps{
		OriginRequestPolicyName: jsii.String(b.stage.Physical("country")), Comment: jsii.String("Shows the geofence the visitor's country"),
		HeaderBehavior: awscloudfront.OriginRequestHeaderBehavior_AllowList(jsii.String(Country)),
	})
	return &awscloudfront.BehaviorOptions{
		Origin:               awscloudfrontorigins.S3BucketOrigin_WithOriginAccessControl(bucket, nil),
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_REDIRECT_TO_HTTPS, Compress: jsii.Bool(true),
		CachePolicy: awscloudfront.CachePolicy_CACHING_OPTIMIZED(), OriginRequestPolicy: country, ResponseHeadersPolicy: headers,
		FunctionAssociations: &[]*awscloudfront.FunctionAssociation{{Function: b.geofence(s), EventType: awscloudfront.FunctionEventType_VIEWER_REQUEST}},
	}
}

// readAnew writes a description that changes when the origin's secret has to be
// read again: CloudFormation looks at a secret only when the resource changes.
func (b *builder) readAnew(text string) string {
	if b.stage.Origin == 0 {
		return text
	}
	return fmt.Sprintf("%s, origin secret %d", text, b.stage.Origin)
}

// geofence builds the function, and its key-value store where the stage wants
// the list of countries to change without a deploy.
func (b *builder) geofence(s cdk.Stack) awscloudfront.Function {
	source := edge.ViewerRequest()
	props := &awscloudfront.FunctionProps{
		FunctionName: jsii.String(b.stage.Physical("geofence")), Comment: jsii.String("US visitors alone, and the site's own paths"),
		Runtime: awscloudfront.FunctionRuntime_JS_2_0(),
	}
	if b.stage.FenceStore {
		source = edge.StoredViewerRequest()
		// The source is read once, when the store is made: a deploy never undoes an operator's change.
		list := fmt.Sprintf(`{"data":[{"key":%q,"value":%q}]}`, edge.CountriesKey, strings.Join(edge.Countries(), " "))
		store := awscloudfront.NewKeyValueStore(s, jsii.String("GeofenceStore"), &awscloudfront.KeyValueStoreProps{
			KeyValueStoreName: jsii.String(b.stage.Physical("geofence")), Comment: jsii.String("The countries that may see the site"),
			Source: awscloudfront.ImportSource_FromInline(jsii.String(list)),
		})
		props.KeyValueStore = store
		output(s, "GeofenceList", store.KeyValueStoreArn(), "the list of countries, under the key "+edge.CountriesKey)
	}
	if len(source) > edge.Limit {
		b.problem("the geofence has %d bytes, and CloudFront takes %d", len(source), edge.Limit)
	}
	props.Code = awscloudfront.FunctionCode_FromInline(jsii.String(source))
	return awscloudfront.NewFunction(s, jsii.String("Geofence"), props)
}

// apiBehavior passes everything on, uncached and uncompressed so that a stream
// arrives as it is written. x-origin-verify tells the API that the request came
// this way; CloudFormation reads its value from Secrets Manager.
func (b *builder) apiBehavior(headers awscloudfront.ResponseHeadersPolicy) *awscloudfront.BehaviorOptions {
	return &awscloudfront.BehaviorOptions{
		Origin: awscloudfrontorigins.NewRestApiOrigin(b.api, &awscloudfrontorigins.RestApiOriginProps{
			ReadTimeout:   cdk.Duration_Seconds(jsii.Number(60)),
			CustomHeaders: &map[string]*string{"x-origin-verify": b.reference("origin", "verify").UnsafeUnwrap()},
		}),
		ViewerProtocolPolicy: awscloudfront.ViewerProtocolPolicy_HTTPS_ONLY, Compress: jsii.Bool(false),
		AllowedMethods: awscloudfront.AllowedMethods_ALLOW_ALL(), CachePolicy: awscloudfront.CachePolicy_CACHING_DISABLED(),
		OriginRequestPolicy: awscloudfront.OriginRequestPolicy_ALL_VIEWER_EXCEPT_HOST_HEADER(), ResponseHeadersPolicy: headers,
	}
}
