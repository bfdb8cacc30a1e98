package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/fleet"
)

// manifest is the whole of what the fleet's tests judge, so that they can also
// be shown a wrong one.
type manifest struct {
	functions []fleet.Function
	tables    []fleet.Table
	queues    []fleet.Queue
	topics    []string
	secrets   []fleet.Secret
	settings  []fleet.Setting
}

// shipped returns the fleet's own manifest.
func shipped() manifest {
	return manifest{
		functions: fleet.Functions(), tables: fleet.Tables(), queues: fleet.Queues(),
		topics: fleet.Topics(), secrets: fleet.Secrets(), settings: fleet.Settings(),
	}
}

// waiting names what the manifest holds for functions that are not in it yet.
// Whatever gets its first function leaves this list.
var waiting = []string{"secret origin"}

func TestManifestIsSound(t *testing.T) {
	t.Parallel()
	for _, p := range shipped().problems() {
		t.Error(p)
	}
}

// TestAnUnsoundManifestIsFound breaks a good manifest in one place at a time.
func TestAnUnsoundManifestIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(*manifest)
		want  string
	}{
		{"two functions of one name", func(m *manifest) { m.functions = append(m.functions, m.functions[0]) }, "is there twice"},
		{"a route twice", func(m *manifest) { m.functions = append(m.functions, twin(m, "profile-get")) }, "another function's too"},
		{"two functions on one Cognito trigger", func(m *manifest) { m.functions = append(m.functions, twin(m, "pre-signup")) }, "another function's too"},
		{"two functions on one queue", func(m *manifest) { m.functions = append(m.functions, twin(m, "welcome-email")) }, "another function's too"},
		{"no trigger", func(m *manifest) { m.function("pre-signup").Trigger = fleet.Trigger{} }, "0 triggers"},
		{"two triggers", func(m *manifest) { m.function("pre-signup").Trigger.Queue = "welcome" }, "2 triggers"},
		{"a route without its method", func(m *manifest) { m.function("profile-get").Trigger.Method = "" }, "method"},
		{"a path outside the API", func(m *manifest) { m.function("profile-get").Trigger.Path = "/profile" }, "/api/"},
		{"an unknown Cognito trigger", func(m *manifest) { m.function("pre-signup").Trigger.Cognito = "BeforeSignUp" }, "BeforeSignUp"},
		{"a name that is no folder's", func(m *manifest) { m.function("pre-signup").Name = "PreSignup" }, "lower case"},
		{"nothing said of what it does", func(m *manifest) { m.function("pre-signup").Does = "" }, "says nothing"},
		{"a table that is not there", func(m *manifest) { m.function("pre-signup").Tables[0].Table = "consent" }, "table consent is not"},
		{"a table granted twice", func(m *manifest) {
			f := m.function("pre-signup")
			f.Tables = append(f.Tables, f.Tables[0])
		}, "granted twice"},
		{"an action that DynamoDB lacks", func(m *manifest) { m.function("pre-signup").Tables[0].Actions = []string{"Put"} }, "Put"},
		{"every action at once", func(m *manifest) { m.function("pre-signup").Tables[0].Actions = []string{"*"} }, "*"},
		{"a grant of nothing", func(m *manifest) { m.function("pre-signup").Tables[0].Actions = nil }, "no action"},
		{"a queue that is not there", func(m *manifest) { m.function("post-confirmation").Sends = []string{"welcom"} }, "queue welcom is not"},
		{"a fed queue that is not there", func(m *manifest) { m.function("welcome-email").Trigger.Queue = "mail" }, "queue mail is not"},
		{"a topic that is not there", func(m *manifest) {
			m.function("welcome-email").Trigger = fleet.Trigger{Topic: "bounces"}
		}, "topic bounces is not"},
		{"a secret that is not there", func(m *manifest) { m.function("profile-get").Secrets = []string{"strip"} }, "secret strip is not"},
		{"a setting that is not there", func(m *manifest) { m.function("profile-get").Settings = []string{"TOS"} }, "setting TOS is not"},
		{"a call of no service", func(m *manifest) { m.function("custom-email-sender").Calls[0].Action = "Decrypt" }, "service:Action"},
		{"a trigger slower than Cognito waits", func(m *manifest) { m.function("pre-signup").Timeout = 6 * time.Second }, "5s"},
		{"a route slower than API Gateway waits", func(m *manifest) { m.function("profile-get").Timeout = 30 * time.Second }, "29s"},
		{"no timeout", func(m *manifest) { m.function("profile-get").Timeout = 0 }, "timeout"},
		{"less memory than Lambda has", func(m *manifest) { m.function("profile-get").MemoryMB = 64 }, "MB"},
		{"a queue that shows a message again too soon", func(m *manifest) { m.queues[0].Visibility = time.Minute }, "visibility"},
		{"a queue that no message ever leaves", func(m *manifest) { m.queues[0].Receives = 0 }, "receives"},
		{"a queue that nothing feeds", func(m *manifest) { m.queues = append(m.queues, fleet.Queue{Name: "idle", Receives: 3}) }, "queue idle is not used"},
		{"a table that nothing uses", func(m *manifest) { m.tables = append(m.tables, fleet.Table{Name: "spare"}) }, "table spare is not used"},
		{"a setting that nothing reads", func(m *manifest) { m.settings = append(m.settings, fleet.Setting{Name: "SPARE"}) }, "setting SPARE is not used"},
		{"a waiting secret that got its function", func(m *manifest) {
			f := m.function("pre-signup")
			f.Secrets = append(f.Secrets, "origin")
		}, "secret origin is used"},
		{"a setting that must be there and has a default", func(m *manifest) { m.settings[0].Default = "x" }, "default"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := shipped()
			tt.spoil(&m)
			got := m.problems()
			if !slices.ContainsFunc(got, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Errorf("problems = %q, want one with %q", got, tt.want)
			}
		})
	}
}

// function returns the row called name, to be changed.
func (m *manifest) function(name string) *fleet.Function {
	i := slices.IndexFunc(m.functions, func(f fleet.Function) bool { return f.Name == name })
	if i < 0 {
		return new(fleet.Function)
	}
	return &m.functions[i]
}

// twin returns a copy of a row under another name.
func twin(m *manifest, name string) fleet.Function {
	f := *m.function(name)
	f.Name += "-twin"
	return f
}

func TestFindFindsEveryFunctionAndNoOther(t *testing.T) {
	t.Parallel()
	for _, want := range fleet.Functions() {
		got, ok := fleet.Find(want.Name)
		if !ok || got.Name != want.Name || got.Does != want.Does {
			t.Errorf("Find(%q) = %q, %t, want that function", want.Name, got.Name, ok)
		}
	}
	if got, ok := fleet.Find("nobody"); ok {
		t.Errorf("Find(nobody) = %+v, want nothing", got)
	}
}

func TestTriggerReadsAsAPhrase(t *testing.T) {
	t.Parallel()
	tests := []struct {
		trigger fleet.Trigger
		want    string
	}{
		{fleet.Trigger{Cognito: "PreSignUp"}, "Cognito PreSignUp"},
		{fleet.Trigger{Method: "GET", Path: "/api/profile"}, "GET /api/profile"},
		{fleet.Trigger{Method: "POST", Path: "/api/ask", Stream: true}, "POST /api/ask (streams)"},
		{fleet.Trigger{Every: 2 * time.Minute}, "every 2m"},
		{fleet.Trigger{Every: 90 * time.Second}, "every 1m30s"},
		{fleet.Trigger{Every: time.Hour}, "every 1h"},
		{fleet.Trigger{Every: 10 * time.Second}, "every 10s"},
		{fleet.Trigger{Cron: "0 7 * * ? *"}, "cron 0 7 * * ? *"},
		{fleet.Trigger{Queue: "welcome", Batch: 10}, "queue welcome"},
		{fleet.Trigger{Topic: "ses-events"}, "topic ses-events"},
		{fleet.Trigger{Operator: true}, "operator"},
		{fleet.Trigger{}, "nothing"},
	}
	for _, tt := range tests {
		if got := tt.trigger.String(); got != tt.want {
			t.Errorf("%+v reads %q, want %q", tt.trigger, got, tt.want)
		}
	}
}

func ExampleFind() {
	f, ok := fleet.Find("profile-get")
	fmt.Println(f.Trigger, ok)
	// Output: GET /api/profile true
}
