package cloud_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/cloud"
	"callanalyst/stacks/aws/stage"
)

const root = "../../.."

// template is what CloudFormation gets of one stack.
type template struct {
	Resources map[string]resource
	Outputs   map[string]map[string]any
	text      string
}

type resource struct {
	Type           string
	Properties     map[string]any
	DependsOn      any
	DeletionPolicy string
}

// scratch is the folder of this run's synthesis, removed when the tests end.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "cloud-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	scratch = dir
	// The Node process unpacks itself into the temporary folder and leaves it
	// there; jsii.Close would tidy up, and races with itself.
	_ = os.Setenv("TMPDIR", dir)
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// samples are rows of the kinds of trigger that any manifest may have, so that
// each kind is judged whatever the fleet's own rows are.
func samples() []fleet.Function {
	row := func(name string, t fleet.Trigger) fleet.Function {
		return fleet.Function{Name: name, Does: "stands for its kind", Trigger: t, Timeout: 20 * time.Second, MemoryMB: 128}
	}
	tick := row("sample-tick", fleet.Trigger{Every: 2 * time.Minute})
	tick.Concurrency = 1
	tick.Sends = []string{"welcome"}
	tick.Tables = []fleet.Grant{{Table: "calendar_connections", Actions: []string{"Query"}}}
	tick.Secrets = []string{"google"}
	tick.Calls = []fleet.Call{{Action: "kms:Decrypt", Resource: fleet.CalendarKey}, {Action: "ses:SendEmail", Resource: fleet.MailProduct}}
	tick.Alarms = []fleet.Alarm{{Metric: "Drift", Over: 1, Within: 10 * time.Minute, Statistic: "Sum", Says: "Rows drift"}}
	return []fleet.Function{
		tick,
		row("sample-night", fleet.Trigger{Cron: "0 7 * * ? *"}),
		row("sample-topic", fleet.Trigger{Topic: "ses-events"}),
		row("sample-hand", fleet.Trigger{Operator: true}),
	}
}

// context reads cdk.json, as the CLI does.
func context(t testing.TB) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Context
}

// everything is production with all of it on.
func everything(t testing.TB) stage.Stage {
	t.Helper()
	s, err := stage.New("prod", context(t)["stages"])
	if err != nil {
		t.Fatal(err)
	}
	s.Account = "123456789012"
	s.Apple = &stage.Apple{ClientID: "app.callanalyst.web", TeamID: "TEAM", KeyID: "KEY"}
	s.AlarmEmail = "ops@callanalyst.app"
	return s
}

// assembly is the one synthesis of production that most tests read: it starts a
// Node process and takes seconds.
var assembly = sync.OnceValues(func() (map[string]template, error) {
	return synthesised(everything(&testing.T{}))
})

// rehearsed is staging as cdk.json has it, with the options that production does
// without.
var rehearsed = sync.OnceValues(func() (map[string]template, error) {
	t := &testing.T{}
	s, err := stage.New("staging", context(t)["stages"])
	if err != nil {
		return nil, err
	}
	s.Account, s.FenceStore, s.Rotation, s.Password = "123456789012", true, true, false
	return synthesised(s)
})

// synthesised builds the stage with a binary and a site that stand for the real
// ones. CDK's own rules take as long as all the rest; `task synth:check` has them.
func synthesised(s stage.Stage) (map[string]template, error) {
	code, out := filepath.Join(scratch, "bin"), filepath.Join(scratch, s.Name)
	if err := os.MkdirAll(code, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(code, "bootstrap"), []byte("placeholder"), 0o600); err != nil {
		return nil, err
	}
	var err error
	if s.Site, err = builtSite(); err != nil {
		return nil, err
	}
	values := context(&testing.T{})
	values["@aws-cdk/core:validateAgainstDefaultRules"] = false
	app := cdk.NewApp(&cdk.AppProps{Outdir: jsii.String(out), Context: &values, AnalyticsReporting: jsii.Bool(false)})
	if err := cloud.Build(app, s, rows(), func(string) string { return code }); err != nil {
		return nil, err
	}
	app.Synth(nil)
	return readAll(out)
}

// builtSite makes a site as the build leaves it.
func builtSite() (string, error) {
	dir := filepath.Join(scratch, "site")
	if err := os.MkdirAll(filepath.Join(dir, "assets"), 0o700); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "index.html"), []byte("<!doctype html>"), 0o600)
}

func readAll(dir string) (map[string]template, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.template.json"))
	if err != nil {
		return nil, err
	}
	out := map[string]template{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		tpl := template{text: string(text)}
		if err := json.Unmarshal(text, &tpl); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		name := filepath.Base(file)
		out[name[:len(name)-len(".template.json")]] = tpl
	}
	return out, nil
}

// templates returns the synthesised stacks by their ids.
func templates(t *testing.T) map[string]template {
	t.Helper()
	all, err := assembly()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// the returns the properties of every resource of a type in a stack, by id.
func (tpl template) of(kind string) map[string]map[string]any {
	out := map[string]map[string]any{}
	for id, r := range tpl.Resources {
		if r.Type == kind {
			out[id] = r.Properties
		}
	}
	return out
}

// one returns the only resource of a type.
func one(t *testing.T, tpl template, kind string) map[string]any {
	t.Helper()
	all := tpl.of(kind)
	if len(all) != 1 {
		t.Fatalf("%d resources of %s, want one", len(all), kind)
	}
	for _, p := range all {
		return p
	}
	return nil
}

// at walks into nested maps and lists.
func at(v any, path ...any) any {
	for _, step := range path {
		switch s := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l, _ := v.([]any)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// inJSON writes a value for comparison.
func inJSON(v any) string {
	text, _ := json.Marshal(v)
	return string(text)
}
