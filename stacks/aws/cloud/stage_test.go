package cloud_test

import (
	"strings"
	"testing"

	"callanalyst/stacks/aws/cloud"
)

func TestEveryStageOfTheRepositoryReads(t *testing.T) {
	t.Parallel()
	stages := context(t)["stages"]
	for _, name := range []string{"dev", "staging", "prod"} {
		if s, err := cloud.NewStage(name, stages); err != nil || s.Name != name || s.Region != "us-east-2" {
			t.Errorf("NewStage(%q) = %+v, %v", name, s, err)
		}
	}
}

func TestAWrongStageIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	row := func(change map[string]any) map[string]any {
		out := map[string]any{"site_url": "https://x.app", "mail_domain": "x.app", "auth_prefix": "x", "rate": 10}
		for k, v := range change {
			out[k] = v
		}
		return map[string]any{"dev": out}
	}
	for _, tt := range []struct {
		name   string
		stages any
		want   string
	}{
		{"an unknown stage", map[string]any{"prod": nil}, `no stage "dev"`},
		{"a misspelt field", row(map[string]any{"retian": true}), "retian"},
		{"a site without https", row(map[string]any{"site_url": "http://x.app"}), "https address"},
		{"a site with a slash", row(map[string]any{"site_url": "https://x.app/"}), "slash"},
		{"a site on another domain", row(map[string]any{"domain": "y.app"}), "https://y.app"},
		{"no mail domain", row(map[string]any{"mail_domain": ""}), "mail_domain"},
		{"no prefix", row(map[string]any{"auth_prefix": ""}), "auth_prefix"},
		{"AWS's own word", row(map[string]any{"auth_prefix": "my-cognito"}), "reserves"},
		{"no request allowed", row(map[string]any{"rate": 0}), "rate"},
		{"not a table of stages", "dev", "read the stages"},
	} {
		if _, err := cloud.NewStage("dev", tt.stages); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v, want one with %q", tt.name, err, tt.want)
		}
	}
	if s, err := cloud.NewStage("dev", row(nil)); err != nil || s.SecretName("stripe") != "callanalyst/dev/stripe" || s.StackName("AuthStack") != "AuthStack-dev" {
		t.Errorf("a good stage: %+v, %v", s, err)
	}
}
