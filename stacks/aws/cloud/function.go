package cloud

import (
	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambdadestinations"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
)

// function builds one row of the manifest: its log group, its role, which is its
// own and can do what the row says, the function and its alarms.
func (b *builder) function(s cdk.Stack, f fleet.Function) awslambda.Function {
	id, name := camel(f.Name), b.stage.Physical(f.Name)
	logs := awslogs.NewLogGroup(s, jsii.String(id+"Logs"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/aws/lambda/" + name), Retention: awslogs.RetentionDays_ONE_MONTH, RemovalPolicy: b.keep(),
	})
	role := awsiam.NewRole(s, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil), Description: jsii.String(f.Name + " " + f.Does),
	})
	logs.GrantWrite(role)
	for _, g := range b.grants(s, f) {
		role.AddToPolicy(g.statement())
	}
	props := &awslambda.FunctionProps{
		FunctionName: jsii.String(name), Description: jsii.String(f.Does),
		Runtime: awslambda.Runtime_PROVIDED_AL2023(), Architecture: awslambda.Architecture_ARM_64(),
		Handler: jsii.String("bootstrap"), Code: awslambda.Code_FromAsset(jsii.String(b.code(f.Name)), nil),
		Timeout: seconds(f.Timeout), MemorySize: jsii.Number(f.MemoryMB), Environment: b.environment(f),
		Role: role, LogGroup: logs, Tracing: awslambda.Tracing_ACTIVE,
	}
	if f.Concurrency > 0 {
		props.ReservedConcurrentExecutions = jsii.Number(f.Concurrency)
	}
	if async(f.Trigger) {
		props.RetryAttempts = jsii.Number(2)
		props.MaxEventAge = cdk.Duration_Hours(jsii.Number(1))
		props.OnFailure = awslambdadestinations.NewSqsDestination(b.lost)
	}
	fn := awslambda.NewFunction(s, jsii.String(id+"Function"), props)
	b.functions[f.Name] = fn
	b.watch(s, f, fn)
	return fn
}

// async reports whether nobody waits for the function's answer, so that what it
// could not do after Lambda's own retries has to be kept: the e-mail sender,
// which Cognito does not wait for, topics and schedules.
func async(t fleet.Trigger) bool {
	return t.Cognito == "CustomEmailSender" || t.Topic != "" || scheduled(t)
}

func scheduled(t fleet.Trigger) bool { return t.Every != 0 || t.Cron != "" }

// home returns the stack that a function lives in. Cognito's triggers live
// beside the pool, except the e-mail sender, which lives with mail.
func home(f fleet.Function) string {
	switch {
	case f.Trigger.Cognito == "CustomEmailSender", f.Trigger.Topic != "":
		return "SesStack"
	case f.Trigger.Cognito != "":
		return "AuthStack"
	}
	return "ApiStack"
}

// living returns the rows whose functions live in the stack.
func (b *builder) living(stack string) []fleet.Function {
	var out []fleet.Function
	for _, f := range b.rows {
		if home(f) == stack {
			out = append(out, f)
		}
	}
	return out
}
