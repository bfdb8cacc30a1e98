package cloud

import (
	"fmt"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdaeventsources"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// accessLog is one line a request: no address, no token, no query string.
const accessLog = `{"request_id":"$context.requestId","method":"$context.httpMethod","route":"$context.resourcePath",` +
	`"status":$context.status,"duration_ms":$context.responseLatency,"bytes":$context.responseLength,"xray_trace_id":"$context.xrayTraceId"}`

// apiStack is everything that is not Cognito's: routes, schedules and workers.
func (b *builder) apiStack() {
	s := b.stack("ApiStack", "the API, schedules and workers")
	b.restAPI(s)
	for _, f := range b.living("ApiStack") {
		b.connect(s, f, b.function(s, f))
	}
	b.guardAPI(s)
	b.watchAPI(s)
	b.dashboard(s)
	output(s, "ApiUrl", b.api.Url(), "the API behind CloudFront")
}

// connect attaches a function to what invokes it.
func (b *builder) connect(s cdk.Stack, f fleet.Function, fn awslambda.Function) {
	switch t := f.Trigger; {
	case t.Path != "":
		b.route(f, fn)
	case scheduled(t):
		b.schedule(s, f, fn)
	case t.Queue != "":
		b.work(f, fn)
	}
}

// restAPI is regional: HTTP APIs cannot stream, and an edge-optimised one cuts a
// quiet stream after 30 s.
func (b *builder) restAPI(s cdk.Stack) {
	options := &awsapigateway.StageOptions{
		StageName: jsii.String("live"), TracingEnabled: jsii.Bool(true), MetricsEnabled: jsii.Bool(true),
		ThrottlingRateLimit: jsii.Number(b.stage.Rate), ThrottlingBurstLimit: jsii.Number(2 * b.stage.Rate),
	}
	if !b.stage.Lacks(stage.Access) {
		logs := awslogs.NewLogGroup(s, jsii.String("AccessLogs"), &awslogs.LogGroupProps{
			LogGroupName: jsii.String("/callanalyst/" + b.stage.Name + "/api"), Retention: awslogs.RetentionDays_ONE_MONTH, RemovalPolicy: b.keep(),
		})
		options.AccessLogDestination = awsapigateway.NewLogGroupLogDestination(logs)
		options.AccessLogFormat = awsapigateway.AccessLogFormat_Custom(jsii.String(accessLog))
	}
	b.api = awsapigateway.NewRestApi(s, jsii.String("Api"), &awsapigateway.RestApiProps{
		RestApiName: jsii.String(b.stage.Physical("api")), Description: jsii.String("Call Analyst " + b.stage.Name),
		EndpointTypes:  &[]awsapigateway.EndpointType{awsapigateway.EndpointType_REGIONAL},
		CloudWatchRole: jsii.Bool(!b.stage.Lacks(stage.Access)), CloudWatchRoleRemovalPolicy: cdk.RemovalPolicy_RETAIN,
		DeployOptions: options, EndpointExportName: nil,
	})
}

// route adds the function's method. The token is verified inside the function.
func (b *builder) route(f fleet.Function, fn awslambda.Function) {
	integration := &awsapigateway.LambdaIntegrationOptions{AllowTestInvoke: jsii.Bool(false)}
	if f.Trigger.Stream {
		integration.ResponseTransferMode = awsapigateway.ResponseTransferMode_STREAM
		integration.Timeout = seconds(f.Timeout)
	}
	for _, method := range f.Trigger.Methods() {
		b.api.Root().ResourceForPath(jsii.String(f.Trigger.Path)).AddMethod(jsii.String(method),
			awsapigateway.NewLambdaIntegration(fn, integration),
			&awsapigateway.MethodOptions{AuthorizationType: awsapigateway.AuthorizationType_NONE})
	}
}

// work feeds the function from its queue. Only the messages that failed return.
func (b *builder) work(f fleet.Function, fn awslambda.Function) {
	queue, ok := b.queues[f.Trigger.Queue]
	if !ok {
		b.problem("%s works on queue %s, which the manifest does not list", f.Name, f.Trigger.Queue)
		return
	}
	props := &awslambdaeventsources.SqsEventSourceProps{ReportBatchItemFailures: jsii.Bool(true)}
	if f.Trigger.Batch > 0 {
		props.BatchSize = jsii.Number(f.Trigger.Batch)
	}
	if f.Trigger.Batch > 10 {
		props.MaxBatchingWindow = cdk.Duration_Seconds(jsii.Number(1))
	}
	if f.Concurrency > 1 {
		// The pollers must not take more than the function can run.
		props.MaxConcurrency = jsii.Number(f.Concurrency)
	}
	fn.AddEventSource(awslambdaeventsources.NewSqsEventSource(queue, props))
}

// expression writes the row's schedule as EventBridge reads it.
func expression(t fleet.Trigger) string {
	if t.Cron != "" {
		return "cron(" + t.Cron + ")"
	}
	n, unit := int(t.Every.Minutes()), "minute"
	if n%60 == 0 {
		n, unit = n/60, "hour"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("rate(%d %s)", n, unit)
}
