package cloud

import (
	"encoding/json"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3deployment"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/edge"
	"callanalyst/stacks/aws/stage"
)

// files puts the built site into the bucket: first what has its hash in its
// name, which stays for the pages that are open in browsers, then the pages and
// config.json, which CloudFront keeps for a second at most. A site that is not
// built stays as it is there.
func (b *builder) files(s cdk.Stack, bucket awss3.Bucket) {
	if b.stage.Site == "" || b.stage.Lacks(stage.Files) {
		return
	}
	logs := awslogs.NewLogGroup(s, jsii.String("UploadLogs"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/callanalyst/" + b.stage.Name + "/site"), Retention: awslogs.RetentionDays_ONE_MONTH, RemovalPolicy: b.keep(),
	})
	// Without a role of ours, CDK's function gets a managed policy.
	role := awsiam.NewRole(s, jsii.String("UploadRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil), Description: jsii.String("puts the site's files into its bucket"),
	})
	logs.GrantWrite(role)
	upload := func(id, cache string, props awss3deployment.BucketDeploymentProps) awss3deployment.BucketDeployment {
		props.DestinationBucket, props.Role, props.LogGroup = bucket, role, logs
		props.MemoryLimit = jsii.Number(512)
		props.CacheControl = &[]awss3deployment.CacheControl{awss3deployment.CacheControl_FromString(jsii.String(cache))}
		return awss3deployment.NewBucketDeployment(s, jsii.String(id), &props)
	}
	built := awss3deployment.Source_Asset(jsii.String(b.stage.Site), nil)
	config := awss3deployment.Source_JsonData(jsii.String("config.json"), b.config(), nil)
	assets := upload("Assets", edge.Forever, awss3deployment.BucketDeploymentProps{
		Sources: &[]awss3deployment.ISource{built}, Exclude: jsii.Strings("*"), Include: jsii.Strings("assets/*"), Prune: jsii.Bool(false),
	})
	pages := upload("Pages", edge.Never, awss3deployment.BucketDeploymentProps{
		Sources: &[]awss3deployment.ISource{built, config}, Exclude: jsii.Strings("assets/*"), Prune: jsii.Bool(true),
	})
	pages.Node().AddDependency(assets)
}

// config is /config.json of this stage, as the map that jsii can carry.
// CloudFormation fills in the names that AWS chooses.
func (b *builder) config() map[string]any {
	text, err := json.Marshal(b.told())
	out := map[string]any{}
	if err != nil || json.Unmarshal(text, &out) != nil {
		b.problem("config.json cannot be written")
	}
	return out
}

// told is what the site is told.
func (b *builder) told() edge.Config {
	c := edge.Config{
		Region: b.stage.Region, PoolID: *b.pool.UserPoolId(), ClientID: *b.client.UserPoolClientId(), Domain: *b.domain.BaseUrl(nil),
		Providers: []string{}, TOS: b.stage.Settings["TOS_VERSION"],
	}
	if b.stage.Google && !b.stage.Lacks(stage.Providers) {
		c.Providers = append(c.Providers, "Google")
	}
	if b.stage.Apple != nil && !b.stage.Lacks(stage.Providers) {
		c.Providers = append(c.Providers, "SignInWithApple")
	}
	for _, row := range fleet.Settings() {
		if row.Name == "TOS_VERSION" && c.TOS == "" {
			c.TOS = row.Default
		}
	}
	return c
}
