package cloud

import (
	"fmt"
	"strings"
	"time"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
)

// condition is one alarm: when the metric goes over a value. read names the
// section of docs/runbook.md that answers it.
type condition struct {
	id, says, read string
	metric         awscloudwatch.IMetric
	over           float64
	periods        float64
}

// alarm builds the condition's alarm. Where nothing happens nothing is wrong, so
// missing data never alarms.
func (b *builder) alarm(s cdk.Stack, c condition) {
	a := awscloudwatch.NewAlarm(s, jsii.String(c.id), &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(b.stage.Physical(c.id)), AlarmDescription: jsii.String(c.says + " See docs/runbook.md#" + c.read + "."),
		Metric: c.metric, Threshold: jsii.Number(c.over), EvaluationPeriods: jsii.Number(max(c.periods, 1)),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD, TreatMissingData: awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	a.AddAlarmAction(awscloudwatchactions.NewSnsAction(b.alarms))
}

// watch adds the alarms that every function has, and those of its row.
func (b *builder) watch(s cdk.Stack, f fleet.Function, fn awslambda.Function) {
	every := &awscloudwatch.MetricOptions{Period: cdk.Duration_Minutes(jsii.Number(5))}
	id := camel(f.Name)
	failures := fn.MetricErrors(every)
	b.alarm(s, condition{id: id + "Errors", says: f.Name + " fails.", read: "a-function-fails", metric: failures})
	b.alarm(s, condition{id: id + "Throttles", says: f.Name + " is throttled.", read: "a-function-is-throttled", metric: fn.MetricThrottles(every)})
	slow := fn.MetricDuration(&awscloudwatch.MetricOptions{Period: cdk.Duration_Minutes(jsii.Number(5)), Statistic: jsii.String("p95")})
	b.alarm(s, condition{
		id: id + "Slow", says: fmt.Sprintf("%s takes more than 60%% of its %s.", f.Name, f.Timeout), read: "a-function-is-slow",
		metric: slow, over: 0.6 * float64(f.Timeout/time.Millisecond), periods: 3,
	})
	for _, a := range f.Alarms {
		b.alarm(s, b.own(f, a))
	}
	b.watched[f.Name] = []awscloudwatch.IMetric{failures, slow}
}

// own is a condition on a metric that the function itself writes.
func (b *builder) own(f fleet.Function, a fleet.Alarm) condition {
	return condition{
		id: camel(f.Name) + a.Metric, says: strings.TrimSuffix(a.Says, ".") + ".", read: "a-function-reports-trouble", over: a.Over,
		metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String("CallAnalyst"), MetricName: jsii.String(a.Metric), Statistic: jsii.String(a.Statistic),
			Period: seconds(a.Within), DimensionsMap: &map[string]*string{"service": jsii.String(f.Name)},
		}),
	}
}

// watchQueue alarms on the first message in a queue that should stay empty.
func (b *builder) watchQueue(s cdk.Stack, name string, q awssqs.Queue) {
	depth := q.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{
		Period: cdk.Duration_Minutes(jsii.Number(5)), Statistic: jsii.String("Maximum"),
	})
	b.alarm(s, condition{id: camel(name) + "Waiting", says: "Messages wait in " + name + ".", read: "messages-wait-in-a-dead-letter-queue", metric: depth})
}

// undelivered keeps what a topic could not hand to its function.
func (b *builder) undelivered(s cdk.Stack, f fleet.Function) awssqs.Queue {
	name := f.Name + "-undelivered"
	q := b.queue(s, name, awssqs.QueueProps{})
	b.watchQueue(s, name, q)
	return q
}

// watchReputation alarms at less than half of where SES looks closer: bounces at
// 5 %, complaints at 0.1 %.
func (b *builder) watchReputation(s cdk.Stack) {
	for _, r := range []struct {
		metric string
		over   float64
		says   string
	}{
		{"Reputation.BounceRate", 0.02, "More than 2 % of mail bounces; at 5 % SES reviews the account."},
		{"Reputation.ComplaintRate", 0.0005, "More than 0.05 % of mail is reported as spam; at 0.1 % SES reviews the account."},
	} {
		id, _ := strings.CutPrefix(r.metric, "Reputation.")
		b.alarm(s, condition{id: "Mail" + id, says: r.says, read: "mail-bounces", over: r.over, metric: awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String("AWS/SES"), MetricName: jsii.String(r.metric), Statistic: jsii.String("Maximum"), Period: cdk.Duration_Hours(jsii.Number(1)),
		})})
	}
}

func (b *builder) watchAPI(s cdk.Stack) {
	failures := b.api.MetricServerError(&awscloudwatch.MetricOptions{Period: cdk.Duration_Minutes(jsii.Number(5)), Statistic: jsii.String("Sum")})
	b.alarm(s, condition{id: "ApiServerErrors", says: "The API answers with 5xx.", read: "the-api-answers-with-5xx", metric: failures, over: 5})
	b.watched["the API: 5xx"] = []awscloudwatch.IMetric{failures}
}
