package stage_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callanalyst/stacks/aws/stage"
)

func TestEveryStageOfTheRepositoryReads(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dev", "staging", "prod"} {
		if s, err := stage.Read("../../../cdk.json", name); err != nil || s.Name != name || s.Region != "us-east-2" {
			t.Errorf("Read(%q) = %+v, %v", name, s, err)
		}
	}
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "cdk.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{broken, filepath.Join(t.TempDir(), "none.json")} {
		if s, err := stage.Read(path, "dev"); err == nil {
			t.Errorf("Read(%s) = %+v, want an error", path, s)
		}
	}
}

func TestProductionAloneNeedsTheOtherRegion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		stage stage.Stage
		want  bool
	}{
		{stage.Stage{}, false},
		{stage.Stage{Domain: "callanalyst.app"}, true},
		{stage.Stage{Firewall: true}, true},
		{stage.Stage{Domain: "callanalyst.app", Without: []string{stage.Edge}}, false},
	} {
		if got := tt.stage.Global(); got != tt.want {
			t.Errorf("%+v: Global() = %t, want %t", tt.stage, got, tt.want)
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
		{"production with an open back door", row(map[string]any{"retain": true}), "firewall"},
		{"no request allowed", row(map[string]any{"rate": 0}), "rate"},
		{"not a table of stages", "dev", "read the stages"},
	} {
		if _, err := stage.New("dev", tt.stages); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v, want one with %q", tt.name, err, tt.want)
		}
	}
	if s, err := stage.New("dev", row(nil)); err != nil || s.SecretName("stripe") != "callanalyst/dev/stripe" || s.StackName("AuthStack") != "AuthStack-dev" {
		t.Errorf("a good stage: %+v, %v", s, err)
	}
}
