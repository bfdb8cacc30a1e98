package cloud

import (
	"errors"
	"fmt"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// builder is the app while it is put together. Its fields fill up stack by
// stack; problems with the manifest or the stage are collected, so that one
// synthesis names them all.
type builder struct {
	app   cdk.App
	stage stage.Stage
	code  func(function string) string
	rows  []fleet.Function

	alarms  awssns.Topic
	lost    awssqs.Queue
	tables  map[string]awsdynamodb.Table
	queues  map[string]awssqs.Queue
	secrets map[string]awssecretsmanager.Secret
	topics  map[string]awssns.Topic

	calendarKey, codeKey awskms.Key
	sets                 map[string]string // configuration set → its physical name
	pool                 awscognito.UserPool
	client               awscognito.UserPoolClient
	domain               awscognito.UserPoolDomain
	api                  awsapigateway.RestApi

	functions map[string]awslambda.Function
	watched   map[string][]awscloudwatch.IMetric // for the dashboard, by row
	problems  []error
}

// Build adds the stage's stacks to the app, with the functions of rows. code
// returns the folder with a function's bootstrap.
func Build(app cdk.App, s stage.Stage, rows []fleet.Function, code func(function string) string) error {
	b := &builder{
		app: app, stage: s, code: code, rows: rows,
		tables: map[string]awsdynamodb.Table{}, queues: map[string]awssqs.Queue{},
		secrets: map[string]awssecretsmanager.Secret{}, topics: map[string]awssns.Topic{},
		functions: map[string]awslambda.Function{}, sets: map[string]string{}, watched: map[string][]awscloudwatch.IMetric{},
	}
	b.dataStack()
	b.sesStack()
	b.authStack()
	b.apiStack()
	if !s.Lacks(stage.Edge) {
		b.edgeStack(b.globalStack())
	}
	return errors.Join(b.problems...)
}

func (b *builder) problem(format string, args ...any) {
	b.problems = append(b.problems, fmt.Errorf("cloud: "+format, args...))
}

// stack opens one stack with what all of them share.
func (b *builder) stack(id, does string) cdk.Stack {
	return b.stackIn(id, does, b.stage.Region)
}

func (b *builder) stackIn(id, does, region string) cdk.Stack {
	env := &cdk.Environment{Region: jsii.String(region)}
	if b.stage.Account != "" {
		env.Account = jsii.String(b.stage.Account)
	}
	s := cdk.NewStack(b.app, jsii.String(id), &cdk.StackProps{
		StackName:             jsii.String(b.stage.StackName(id)),
		Description:           jsii.String("Call Analyst, " + b.stage.Name + ": " + does),
		Env:                   env,
		TerminationProtection: jsii.Bool(b.stage.Retain),
		CrossRegionReferences: jsii.Bool(b.stage.Global()),
	})
	tags := cdk.Tags_Of(s)
	tags.Add(jsii.String("project"), jsii.String("callanalyst"), nil)
	tags.Add(jsii.String("stage"), jsii.String(b.stage.Name), nil)
	return s
}

// keep is the removal policy of everything that holds data.
func (b *builder) keep() cdk.RemovalPolicy {
	if b.stage.Retain {
		return cdk.RemovalPolicy_RETAIN
	}
	return cdk.RemovalPolicy_DESTROY
}

// output writes a value that cdk-outputs.json carries to the app.
func output(s cdk.Stack, name string, value *string, means string) {
	cdk.NewCfnOutput(s, jsii.String(name), &cdk.CfnOutputProps{Value: value, Description: jsii.String(means)})
}

func seconds(d interface{ Seconds() float64 }) cdk.Duration {
	return cdk.Duration_Seconds(jsii.Number(d.Seconds()))
}
