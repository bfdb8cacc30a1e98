package cloud

import (
	"time"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
)

// schedule invokes the function at its times, with a role that can invoke it and
// nothing else. CDK's own target would grant every version of the function too.
func (b *builder) schedule(s cdk.Stack, f fleet.Function, fn awslambda.Function) {
	if f.Trigger.Every%time.Minute != 0 {
		b.problem("%s runs every %s, and EventBridge knows whole minutes alone", f.Name, f.Trigger.Every)
	}
	id := camel(f.Name) + "Schedule"
	role := awsiam.NewRole(s, jsii.String(id+"Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": s.Account()}},
		}),
		Description: jsii.String("invokes " + f.Name),
	})
	role.AddToPolicy(grant{actions: []string{"lambda:InvokeFunction"}, resources: []*string{fn.FunctionArn()}}.statement())
	schedule := awsscheduler.NewCfnSchedule(s, jsii.String(id), &awsscheduler.CfnScheduleProps{
		Name: jsii.String(b.stage.Physical(f.Name)), Description: jsii.String(f.Does),
		ScheduleExpression: jsii.String(expression(f.Trigger)), ScheduleExpressionTimezone: jsii.String("UTC"),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("OFF")},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn: fn.FunctionArn(), RoleArn: role.RoleArn(), Input: jsii.String(`{}`),
			// A tick that could not be delivered is replaced by the next one.
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumRetryAttempts: jsii.Number(0), MaximumEventAgeInSeconds: jsii.Number(60)},
		},
	})
	// The schedule must not tick before its role may invoke.
	schedule.Node().AddDependency(role)
}
