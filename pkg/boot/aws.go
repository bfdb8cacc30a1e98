package boot

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// AWS returns the configuration for one service's client. It is put together by
// hand: in Lambda the credentials are always in the environment, so the default
// chain would only add its start-up cost and a metadata address to wait for.
//
// service is the SDK's id in upper case (DYNAMODB, COGNITO_IDENTITY_PROVIDER,
// KMS, SESV2, SQS, SNS, SECRETS_MANAGER); AWS_ENDPOINT_URL_<service> and
// AWS_ENDPOINT_URL move the endpoint, as for every SDK.
func (p *Process) AWS(service string) aws.Config {
	cfg := aws.Config{
		Region: p.Env.Or("AWS_REGION", "us-east-2"),
		Credentials: credentials.NewStaticCredentialsProvider(
			p.Env.Need("AWS_ACCESS_KEY_ID"), p.Env.Need("AWS_SECRET_ACCESS_KEY"), p.Env.Or("AWS_SESSION_TOKEN", "")),
		HTTPClient: p.HTTP,
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 3 })
		},
	}
	if u := p.Env.Or("AWS_ENDPOINT_URL_"+service, p.Env.Or("AWS_ENDPOINT_URL", "")); u != "" {
		cfg.BaseEndpoint = aws.String(u)
	}
	return cfg
}

// Endpoint returns where the configuration's calls go, for Connect. host is the
// service's name in its address: dynamodb, sqs, cognito-idp, email.
func Endpoint(c aws.Config, host string) string {
	if c.BaseEndpoint != nil {
		return *c.BaseEndpoint
	}
	return "https://" + host + "." + c.Region + ".amazonaws.com"
}
