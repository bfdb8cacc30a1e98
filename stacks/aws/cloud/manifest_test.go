package cloud_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// rows are all functions that were synthesised.
func rows() []fleet.Function { return append(fleet.Functions(), samples()...) }

// lambdas returns every function of the fleet by its row's name.
func lambdas(t *testing.T) map[string]map[string]any {
	t.Helper()
	out := map[string]map[string]any{}
	for _, tpl := range templates(t) {
		for _, p := range tpl.of("AWS::Lambda::Function") {
			if name, ok := p["FunctionName"].(string); ok {
				out[strings.TrimPrefix(name, "callanalyst-prod-")] = p
			}
		}
	}
	return out
}

func TestEveryStackIsThere(t *testing.T) {
	want := append(stage.Stacks(), "GlobalStack")
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(templates(t)))); diff != "" {
		t.Errorf("stacks (-want +got):\n%s", diff)
	}
}

func TestEveryRowIsAFunctionAsItsRowSays(t *testing.T) {
	got := lambdas(t)
	if len(got) != len(rows()) {
		t.Errorf("%d functions, want %d", len(got), len(rows()))
	}
	for _, f := range rows() {
		p := got[f.Name]
		type shape struct {
			Timeout, Memory, Concurrency float64
			Runtime, Handler             string
			Arch, Tracing                any
		}
		number := func(v any) float64 { n, _ := v.(float64); return n }
		text := func(v any) string { s, _ := v.(string); return s }
		want := shape{f.Timeout.Seconds(), float64(f.MemoryMB), float64(f.Concurrency), "provided.al2023", "bootstrap", "arm64", "Active"}
		have := shape{
			number(p["Timeout"]), number(p["MemorySize"]), number(p["ReservedConcurrentExecutions"]),
			text(p["Runtime"]), text(p["Handler"]), at(p, "Architectures", 0), at(p, "TracingConfig", "Mode"),
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-row +template):\n%s", f.Name, diff)
		}
	}
}

// TestEveryFunctionIsToldWhatItsRowNames also shows that it is told no more.
func TestEveryFunctionIsToldWhatItsRowNames(t *testing.T) {
	defaulted := map[string]bool{}
	for _, s := range fleet.Settings() {
		defaulted[s.Name] = !s.Must
	}
	got := lambdas(t)
	for _, f := range rows() {
		env, _ := at(got[f.Name], "Environment", "Variables").(map[string]any)
		var must, may []string
		for _, g := range f.Tables {
			must = append(must, "TABLE_"+boot.Upper(g.Table))
		}
		for _, q := range f.Sends {
			must = append(must, "QUEUE_"+boot.Upper(q))
		}
		for _, s := range f.Secrets {
			must = append(must, "SECRET_"+boot.Upper(s))
		}
		for _, s := range f.Settings {
			if defaulted[s] {
				may = append(may, s)
			} else {
				must = append(must, s)
			}
		}
		for _, name := range must {
			if _, ok := env[name]; !ok {
				t.Errorf("%s is not told %s", f.Name, name)
			}
		}
		for name := range env {
			if !slices.Contains(must, name) && !slices.Contains(may, name) {
				t.Errorf("%s is told %s, which its row does not name", f.Name, name)
			}
		}
	}
}

func TestEveryRouteIsServedAndNoOther(t *testing.T) {
	var want []string
	for _, f := range rows() {
		for _, method := range f.Trigger.Methods() {
			want = append(want, fmt.Sprintf("%s %s stream=%t timeout=%v", method, f.Trigger.Path, f.Trigger.Stream, streamTimeout(f)))
		}
	}
	slices.Sort(want)
	api := templates(t)["ApiStack"]
	var got []string
	for _, m := range api.of("AWS::ApiGateway::Method") {
		stream := at(m, "Integration", "ResponseTransferMode") == "STREAM"
		uri := inJSON(at(m, "Integration", "Uri"))
		if stream != strings.Contains(uri, "/response-streaming-invocations") {
			t.Errorf("%s: transfer mode and address disagree: %s", m["HttpMethod"], uri)
		}
		got = append(got, fmt.Sprintf("%s %s stream=%t timeout=%v", m["HttpMethod"], path(api, m), stream, at(m, "Integration", "TimeoutInMillis")))
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("routes (-manifest +template):\n%s", diff)
	}
}

func streamTimeout(f fleet.Function) any {
	if f.Trigger.Stream {
		return float64(f.Timeout / time.Millisecond)
	}
	return nil
}

// path walks from a method's resource up to the API's root.
func path(api template, method map[string]any) string {
	out := ""
	id, _ := at(method, "ResourceId", "Ref").(string)
	for id != "" {
		p := api.Resources[id].Properties
		out = "/" + fmt.Sprint(p["PathPart"]) + out
		id, _ = at(p, "ParentId", "Ref").(string)
	}
	return out
}

func TestEveryScheduleFiresItsFunction(t *testing.T) {
	want := map[string]string{}
	for _, f := range rows() {
		switch {
		case f.Trigger.Cron != "":
			want["callanalyst-prod-"+f.Name] = "cron(" + f.Trigger.Cron + ") " + f.Name
		case f.Trigger.Every == time.Minute:
			want["callanalyst-prod-"+f.Name] = "rate(1 minute) " + f.Name
		case f.Trigger.Every%time.Hour == 0 && f.Trigger.Every != 0:
			want["callanalyst-prod-"+f.Name] = fmt.Sprintf("rate(%d hour) %s", f.Trigger.Every/time.Hour, f.Name)
		case f.Trigger.Every != 0:
			want["callanalyst-prod-"+f.Name] = fmt.Sprintf("rate(%d minutes) %s", f.Trigger.Every/time.Minute, f.Name)
		}
	}
	api := templates(t)["ApiStack"]
	got := map[string]string{}
	for _, p := range api.of("AWS::Scheduler::Schedule") {
		target, _ := at(p, "Target", "Arn", "Fn::GetAtt", 0).(string)
		name := fmt.Sprint(api.Resources[target].Properties["FunctionName"])
		got[fmt.Sprint(p["Name"])] = fmt.Sprint(p["ScheduleExpression"], " ", strings.TrimPrefix(name, "callanalyst-prod-"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("schedules (-manifest +template):\n%s", diff)
	}
}

func TestEveryWorkerReturnsOnlyWhatFailed(t *testing.T) {
	workers := 0
	for _, f := range rows() {
		if f.Trigger.Queue != "" {
			workers++
		}
	}
	got := templates(t)["ApiStack"].of("AWS::Lambda::EventSourceMapping")
	if len(got) != workers {
		t.Errorf("%d workers, want %d", len(got), workers)
	}
	for id, p := range got {
		if at(p, "FunctionResponseTypes", 0) != "ReportBatchItemFailures" {
			t.Errorf("%s retries a whole batch for one message", id)
		}
	}
}

// TestNothingThatNobodyWaitsForIsLost holds the functions that Lambda calls on
// its own account to a queue for what they could not do.
func TestNothingThatNobodyWaitsForIsLost(t *testing.T) {
	kept := 0
	for _, tpl := range templates(t) {
		for id, p := range tpl.of("AWS::Lambda::EventInvokeConfig") {
			kept++
			if at(p, "DestinationConfig", "OnFailure", "Destination") == nil {
				t.Errorf("%s drops what failed", id)
			}
		}
		for id, p := range tpl.of("AWS::SNS::Subscription") {
			if p["Protocol"] == "lambda" && at(p, "RedrivePolicy", "deadLetterTargetArn") == nil {
				t.Errorf("%s drops what could not be delivered", id)
			}
		}
	}
	want := 0
	for _, f := range rows() {
		if tr := f.Trigger; tr.Cognito == "CustomEmailSender" || tr.Topic != "" || tr.Every != 0 || tr.Cron != "" {
			want++
		}
	}
	if kept != want {
		t.Errorf("%d functions keep what failed, want %d", kept, want)
	}
}

func TestEveryTableIsAsTheManifestSays(t *testing.T) {
	data := templates(t)["DataStack"]
	if n := len(data.of("AWS::DynamoDB::Table")); n != len(fleet.Tables()) {
		t.Errorf("%d tables, want %d", n, len(fleet.Tables()))
	}
	byHash := map[string]resource{}
	for id, r := range data.Resources {
		if r.Type == "AWS::DynamoDB::Table" {
			byHash[strings.ToLower(id[:len(id)-8])] = r
		}
	}
	for _, table := range fleet.Tables() {
		r, ok := byHash[strings.ToLower(strings.ReplaceAll(table.Name, "_", ""))]
		if !ok {
			t.Errorf("no table %s", table.Name)
			continue
		}
		want := []string{table.Hash.Name, table.Range.Name, table.TTL, "PAY_PER_REQUEST", "true", "true", "Retain", fmt.Sprint(len(table.Indexes))}
		p := r.Properties
		text := func(v any) string {
			if v == nil {
				return ""
			}
			return fmt.Sprint(v)
		}
		indexes, _ := p["GlobalSecondaryIndexes"].([]any)
		got := []string{
			text(at(p, "KeySchema", 0, "AttributeName")), text(at(p, "KeySchema", 1, "AttributeName")), text(at(p, "TimeToLiveSpecification", "AttributeName")),
			text(p["BillingMode"]), text(at(p, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")),
			text(p["DeletionProtectionEnabled"]), r.DeletionPolicy, fmt.Sprint(len(indexes)),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("table %s (-want +got):\n%s", table.Name, diff)
		}
	}
}
