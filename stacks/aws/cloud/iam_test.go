package cloud_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/fleet"
)

var update = flag.Bool("update", false, "rewrite the table of permissions")

// statement is one statement of a policy that a role carries.
type statement struct {
	stack, policy string
	roles         []string
	actions       []string
	resources     []string
	condition     string
}

// statements returns what every role may do.
func statements(t *testing.T) []statement {
	t.Helper()
	var out []statement
	for stack, tpl := range templates(t) {
		for id, p := range tpl.of("AWS::IAM::Policy") {
			out = append(out, opened(stack, id, roles(p["Roles"]), p["PolicyDocument"])...)
		}
		for id, p := range tpl.of("AWS::IAM::Role") {
			inline, _ := p["Policies"].([]any)
			for _, policy := range inline {
				out = append(out, opened(stack, id, []string{id}, at(policy, "PolicyDocument"))...)
			}
		}
	}
	return out
}

func opened(stack, id string, roles []string, document any) []statement {
	list, _ := at(document, "Statement").([]any)
	var out []statement
	for _, s := range list {
		one := statement{stack: stack, policy: id, roles: roles, actions: words(at(s, "Action"))}
		resources := at(s, "Resource")
		if many, ok := resources.([]any); ok {
			for _, r := range many {
				one.resources = append(one.resources, plain(r))
			}
		} else {
			one.resources = []string{plain(resources)}
		}
		if c := at(s, "Condition"); c != nil {
			one.condition = plain(c)
		}
		out = append(out, one)
	}
	return out
}

func words(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	var out []string
	list, _ := v.([]any)
	for _, item := range list {
		out = append(out, fmt.Sprint(item))
	}
	return out
}

// roles reads the names of the roles that a policy is on: of this stack, or
// imported from another.
func roles(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, r := range list {
		out = append(out, plain(r))
	}
	return out
}

var (
	hash     = regexp.MustCompile(`[0-9A-F]{8}\b`)
	imported = regexp.MustCompile(`[A-Za-z]+:ExportsOutput(?:Ref|FnGetAtt)`)
)

// plain writes a template's value in one line without the ids' hashes, so that
// it reads as a name and does not change when nothing did.
func plain(v any) string {
	var out string
	switch x := v.(type) {
	case string:
		out = x
	case map[string]any:
		out = function(x)
	default:
		out = inJSON(v)
	}
	return hash.ReplaceAllString(imported.ReplaceAllString(out, ""), "")
}

func function(x map[string]any) string {
	if ref, ok := x["Ref"].(string); ok {
		return ref
	}
	if got, ok := x["Fn::GetAtt"].([]any); ok {
		return fmt.Sprint(got[0])
	}
	if name, ok := x["Fn::ImportValue"].(string); ok {
		return strings.TrimSuffix(hash.ReplaceAllString(name, ""), "Arn")
	}
	if parts, ok := at(x, "Fn::Join", 1).([]any); ok {
		var b strings.Builder
		for _, p := range parts {
			b.WriteString(plain(p))
		}
		return b.String()
	}
	return inJSON(x)
}

// table is what every role may do, as people review it.
func table(t *testing.T) string {
	t.Helper()
	var lines []string
	for _, s := range statements(t) {
		for _, role := range s.roles {
			line := fmt.Sprintf("%s: %s\n    on %s\n", strings.TrimSuffix(role, "Role"), strings.Join(s.actions, ", "), strings.Join(s.resources, "\n       "))
			if s.condition != "" {
				line += "    if " + s.condition + "\n"
			}
			lines = append(lines, line)
		}
	}
	sort.Strings(lines)
	return strings.Join(slices.Compact(lines), "")
}

// owners are the rows by the name of their role.
func owners() map[string]fleet.Function {
	out := map[string]fleet.Function{}
	for _, f := range rows() {
		out[camel(f.Name)+"Role"] = f
	}
	return out
}

func camel(name string) string {
	var out strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' }) {
		out.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return out.String()
}

// allowed is what a row's role must be able to do, and all of it: "action on
// resource", worked out from the row alone.
func allowed(f fleet.Function) []string {
	var out []string
	add := func(resource string, actions ...string) {
		for _, a := range actions {
			out = append(out, a+" on "+resource)
		}
	}
	add(camel(f.Name)+"Logs", "logs:CreateLogStream", "logs:PutLogEvents")
	add("*", "xray:PutTraceSegments", "xray:PutTelemetryRecords")
	for _, g := range f.Tables {
		for _, a := range g.Actions {
			add(camel(g.Table), "dynamodb:"+a)
			for _, index := range read(g) {
				add(camel(g.Table)+"/index/"+index, "dynamodb:"+a)
			}
		}
	}
	for _, q := range f.Sends {
		add(camel(q)+"Queue", "sqs:SendMessage")
	}
	for _, s := range f.Secrets {
		add(camel(s)+"Secret", "secretsmanager:GetSecretValue")
	}
	for _, c := range f.Calls {
		for _, resource := range named(c.Resource) {
			add(resource, c.Action)
		}
	}
	if q := f.Trigger.Queue; q != "" {
		add(camel(q)+"Queue", "sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueUrl", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
	}
	if t := f.Trigger; t.Cognito == "CustomEmailSender" || t.Topic != "" || t.Every != 0 || t.Cron != "" {
		add("LostQueue", "sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// read lists the indexes that a grant's actions can reach.
func read(g fleet.Grant) []string {
	var out []string
	for _, t := range fleet.Tables() {
		reads := slices.Contains(g.Actions, "Query") || slices.Contains(g.Actions, "Scan")
		if t.Name != g.Table || !reads {
			continue
		}
		for _, i := range t.Indexes {
			out = append(out, i.Name)
		}
	}
	return out
}

func named(r fleet.Resource) []string {
	const ses = "arn:aws:ses:us-east-2:1234:"
	switch r {
	case fleet.UserPool:
		return []string{"Pool"}
	case fleet.CodeKey:
		return []string{"CodeKey"}
	case fleet.CalendarKey:
		return []string{"CalendarKey"}
	case fleet.MailAuth:
		return []string{ses + "identity/callanalyst.app", ses + "configuration-set/callanalyst-prod-auth"}
	case fleet.MailProduct:
		return []string{ses + "identity/callanalyst.app", ses + "configuration-set/callanalyst-prod-product"}
	}
	return []string{"nothing that a stack owns"}
}

// TestARoleCanDoWhatItsRowSays compares, permission by permission, what each
// role of the templates can do with what its row names.
func TestARoleCanDoWhatItsRowSays(t *testing.T) {
	got := map[string][]string{}
	for _, s := range statements(t) {
		for _, role := range s.roles {
			for _, action := range s.actions {
				for _, resource := range s.resources {
					got[role] = append(got[role], action+" on "+resource)
				}
			}
		}
	}
	for role, f := range owners() {
		slices.Sort(got[role])
		if diff := cmp.Diff(allowed(f), slices.Compact(got[role])); diff != "" {
			t.Errorf("%s (-row +role):\n%s", f.Name, diff)
		}
	}
}

// TestPermissionsAreReviewed fails when what any role may do changes: the whole
// table is in the tree, so that a change of it is seen in review.
func TestPermissionsAreReviewed(t *testing.T) {
	file := filepath.Join("testdata", "permissions.txt")
	got := table(t)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("permissions changed (-reviewed +now); when that is meant: go test ./stacks/aws/cloud -update\n%s", diff)
	}
}

// wildcard is one that stays, with its reason.
type wildcard struct {
	policy, action, resource string // regular expressions
	why                      string
}

// wildcards is every wildcard that any role of the fleet has.
var wildcards = []wildcard{
	{`.*`, `^xray:Put(TraceSegments|TelemetryRecords)$`, `^\*$`, "X-Ray has no resources to name"},
	{`^CustomCrossRegionExport`, `^ssm:`, `parameter/cdk/exports/`, "CDK's own reader and writer of the certificate's ARN, below one prefix"},
	{`^Upload`, `^s3:`, `^(Files|arn:aws:s3:::cdk-hnb659fds-assets-[0-9]+-us-east-2)(/\*)?$`, "CDK's own function copies the site from the asset bucket into the site's, whatever the files are called"},
}

func (w wildcard) covers(s statement, action, resource string) bool {
	match := func(pattern, text string) bool { return regexp.MustCompile(pattern).MatchString(text) }
	return match(w.policy, s.policy) && match(w.action, action) && match(w.resource, resource)
}

func TestNoRoleHasAnUnreasonedWildcard(t *testing.T) {
	used := map[string]bool{}
	seen := 0
	for _, s := range statements(t) {
		for _, action := range s.actions {
			for _, resource := range s.resources {
				seen++
				if !strings.Contains(action, "*") && !strings.Contains(resource, "*") {
					continue
				}
				i := slices.IndexFunc(wildcards, func(w wildcard) bool { return w.covers(s, action, resource) })
				if i < 0 {
					t.Errorf("%s, %s may %s on %s: name the resource, or give a reason", s.stack, s.policy, action, resource)
					continue
				}
				used[wildcards[i].why] = true
			}
		}
	}
	if seen == 0 {
		t.Fatal("no permission was read")
	}
	for _, w := range wildcards {
		if !used[w.why] {
			t.Errorf("nothing needs the wildcard %s any more", w.why)
		}
	}
}

// TestEveryFunctionHasItsOwnRole shows that no two share one, and that none has
// a managed policy, which reaches further than it needs.
func TestEveryFunctionHasItsOwnRole(t *testing.T) {
	owners := map[string]string{}
	for name, p := range lambdas(t) {
		role := inJSON(p["Role"])
		if other, taken := owners[role]; taken {
			t.Errorf("%s and %s share a role", name, other)
		}
		owners[role] = name
	}
	for stack, tpl := range templates(t) {
		for id, p := range tpl.of("AWS::IAM::Role") {
			managed := inJSON(p["ManagedPolicyArns"])
			switch {
			case managed == "null", strings.HasPrefix(id, "CustomCrossRegionExport"):
			case strings.HasPrefix(id, "ApiCloudWatchRole") && strings.Contains(managed, "AmazonAPIGatewayPushToCloudWatchLogs"):
			default:
				t.Errorf("%s, %s has managed policies: %s", stack, id, managed)
			}
		}
	}
}

// TestMailCanOnlyBeSentAsOurselves names both halves that SES asks for.
func TestMailCanOnlyBeSentAsOurselves(t *testing.T) {
	senders := 0
	for _, s := range statements(t) {
		if !slices.Contains(s.actions, "ses:SendEmail") {
			continue
		}
		senders++
		all := strings.Join(s.resources, " ")
		if !strings.Contains(all, ":identity/callanalyst.app") || !strings.Contains(all, ":configuration-set/callanalyst-prod-") {
			t.Errorf("%s may send on %q, want the identity and the configuration set", s.policy, all)
		}
		if !strings.Contains(s.condition, "ses:FromAddress") {
			t.Errorf("%s may send from any address: %s", s.policy, s.condition)
		}
	}
	if senders == 0 {
		t.Error("nobody may send mail")
	}
}

func TestCodesAreDecryptedForThisPoolAlone(t *testing.T) {
	for _, s := range statements(t) {
		if strings.Contains(s.policy, "OnPool") && slices.Contains(s.actions, "kms:Decrypt") {
			if !strings.Contains(s.condition, "kms:EncryptionContext:userpool-id") || !strings.Contains(s.condition, "Pool") {
				t.Errorf("%s decrypts for any pool: %s", s.policy, s.condition)
			}
			return
		}
	}
	t.Error("nobody may decrypt a code")
}
