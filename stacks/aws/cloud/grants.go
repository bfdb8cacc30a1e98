package cloud

import (
	"slices"
	"strings"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
)

// grant is one statement of a function's role. Its resources are ARNs without a
// wildcard.
type grant struct {
	actions    []string
	resources  []*string
	conditions map[string]any
}

func (g grant) statement() awsiam.PolicyStatement {
	props := &awsiam.PolicyStatementProps{Actions: jsii.Strings(g.actions...), Resources: &g.resources}
	if len(g.conditions) > 0 {
		props.Conditions = &g.conditions
	}
	return awsiam.NewPolicyStatement(props)
}

// grants returns what the row lets its function do. What needs the pool's name
// is left to poolGrants while the pool is not there yet.
func (b *builder) grants(s cdk.Stack, f fleet.Function) []grant {
	var out []grant
	for _, g := range f.Tables {
		out = append(out, b.onTable(f, g))
	}
	for _, q := range f.Sends {
		if queue, ok := b.queues[q]; ok {
			out = append(out, grant{actions: []string{"sqs:SendMessage"}, resources: []*string{queue.QueueArn()}})
			continue
		}
		b.problem("%s sends to queue %s, which the manifest does not list", f.Name, q)
	}
	for _, name := range f.Secrets {
		if secret, ok := b.secrets[name]; ok {
			out = append(out, grant{actions: []string{"secretsmanager:GetSecretValue"}, resources: []*string{secret.SecretArn()}})
			continue
		}
		b.problem("%s reads secret %s, which the manifest does not list", f.Name, name)
	}
	for _, c := range f.Calls {
		if !needsPool(c) || home(f) == "ApiStack" {
			out = append(out, b.onCall(s, f, c)...)
		}
	}
	return out
}

// onTable names the table, and each index by name where the actions read one.
func (b *builder) onTable(f fleet.Function, g fleet.Grant) grant {
	table, ok := b.tables[g.Table]
	if !ok {
		b.problem("%s uses table %s, which the manifest does not list", f.Name, g.Table)
		return grant{}
	}
	out := grant{resources: []*string{table.TableArn()}}
	for _, a := range g.Actions {
		out.actions = append(out.actions, "dynamodb:"+a)
	}
	if !slices.Contains(g.Actions, "Query") && !slices.Contains(g.Actions, "Scan") {
		return out
	}
	for _, t := range fleet.Tables() {
		if t.Name != g.Table {
			continue
		}
		for _, i := range t.Indexes {
			out.resources = append(out.resources, jsii.String(*table.TableArn()+"/index/"+i.Name))
		}
	}
	return out
}

// needsPool reports whether the call's statement names the pool. In the stacks
// above the pool that would be a circle: pool, trigger, role, pool.
func needsPool(c fleet.Call) bool {
	return c.Resource == fleet.UserPool || c.Resource == fleet.CodeKey
}

// onCall returns the statement for a call on a resource that a stack owns.
func (b *builder) onCall(s cdk.Stack, f fleet.Function, c fleet.Call) []grant {
	one := grant{actions: []string{c.Action}}
	switch c.Resource {
	case fleet.UserPool:
		one.resources = []*string{b.pool.UserPoolArn()}
	case fleet.CodeKey:
		one.resources = []*string{b.codeKey.KeyArn()}
		one.conditions = map[string]any{"StringEquals": map[string]any{"kms:EncryptionContext:userpool-id": b.pool.UserPoolId()}}
	case fleet.CalendarKey:
		one.resources = []*string{b.calendarKey.KeyArn()}
	case fleet.MailAuth, fleet.MailProduct:
		set := strings.TrimPrefix(string(c.Resource), "mail-")
		one.resources = []*string{b.ses(s, "identity", b.stage.MailDomain), b.ses(s, "configuration-set", b.sets[set])}
		one.conditions = map[string]any{"StringLike": map[string]any{"ses:FromAddress": "*@" + b.stage.MailDomain}}
	default:
		b.problem("%s calls %s on %s, which no stack owns: add the resource to stacks/aws/cloud/grants.go", f.Name, c.Action, c.Resource)
		return nil
	}
	return []grant{one}
}

// ses is the ARN of a mail resource. Sending with a configuration set needs the
// identity's permission and the set's, and CDK's own grant has the first alone.
func (b *builder) ses(s cdk.Stack, kind, name string) *string {
	return s.FormatArn(&cdk.ArnComponents{Service: jsii.String("ses"), Resource: jsii.String(kind), ResourceName: jsii.String(name)})
}

// poolGrants gives the functions above the pool what needs its name, as a policy
// of its own: the role's first policy would wait for the pool, and the pool for
// the function.
func (b *builder) poolGrants(s cdk.Stack) {
	for _, f := range b.rows {
		var statements []awsiam.PolicyStatement
		for _, c := range f.Calls {
			if !needsPool(c) || home(f) == "ApiStack" {
				continue
			}
			for _, g := range b.onCall(s, f, c) {
				statements = append(statements, g.statement())
			}
		}
		if len(statements) > 0 {
			awsiam.NewPolicy(s, jsii.String(camel(f.Name)+"OnPool"), &awsiam.PolicyProps{
				Roles: &[]awsiam.IRole{b.functions[f.Name].Role()}, Statements: &statements,
			})
		}
	}
}
