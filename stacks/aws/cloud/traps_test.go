package cloud_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestARateNeverRunsTwiceAtOnce holds the functions that run every few minutes
// to one at a time, and their schedules to the next tick instead of a retry.
func TestARateNeverRunsTwiceAtOnce(t *testing.T) {
	functions := lambdas(t)
	for _, f := range rows() {
		if f.Trigger.Every != 0 && functions[f.Name]["ReservedConcurrentExecutions"] != float64(1) {
			t.Errorf("%s runs every %s, and %v of it may run at once", f.Name, f.Trigger.Every, functions[f.Name]["ReservedConcurrentExecutions"])
		}
	}
	for id, p := range templates(t)["ApiStack"].of("AWS::Scheduler::Schedule") {
		policy := at(p, "Target", "RetryPolicy")
		if at(policy, "MaximumRetryAttempts") != float64(0) || at(policy, "MaximumEventAgeInSeconds") != float64(60) {
			t.Errorf("%s delivers a tick again when the next one is due: %s", id, inJSON(policy))
		}
	}
}

func TestThereIsNoFunctionURL(t *testing.T) {
	for name, tpl := range templates(t) {
		if n := len(tpl.of("AWS::Lambda::Url")); n != 0 {
			t.Errorf("%s has %d function URLs: they want a signed body of every caller", name, n)
		}
	}
}

// TestWhatCloudFrontWantsIsInTheOtherRegion reads the assembly for where each
// stack goes.
func TestWhatCloudFrontWantsIsInTheOtherRegion(t *testing.T) {
	all := templates(t)
	text, err := os.ReadFile(filepath.Join(scratch, "prod", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, tpl := range all {
		region := "us-east-2"
		if name == "GlobalStack" {
			region = "us-east-1"
		}
		if !strings.Contains(string(text), "aws://123456789012/"+region) {
			t.Errorf("nothing goes to %s", region)
		}
		for id, p := range tpl.of("AWS::WAFv2::WebACL") {
			if (p["Scope"] == "CLOUDFRONT") != (name == "GlobalStack") {
				t.Errorf("%s, %s is a firewall for %v", name, id, p["Scope"])
			}
		}
		if n := len(tpl.of("AWS::CertificateManager::Certificate")); (n == 1) != (name == "GlobalStack") {
			t.Errorf("%s has %d certificates for CloudFront", name, n)
		}
	}
}

// TestADeployAsksBeforePermissionsBroaden reads the task that people run, and the
// pipeline, which may only go on behind a person's approval.
func TestADeployAsksBeforePermissionsBroaden(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	tasks, pipeline := read("taskfiles/aws.yml"), read(".github/workflows/deploy.yml")
	if !strings.Contains(tasks, `APPROVAL: '{{.APPROVAL | default "broadening"}}'`) || strings.Contains(tasks, "--require-approval never") {
		t.Error("task deploy does not ask before permissions broaden")
	}
	if strings.Contains(pipeline, "APPROVAL=never") && !strings.Contains(pipeline, "environment: ${{ matrix.stage }}") {
		t.Error("the pipeline deploys without an environment that a person approves")
	}
}
