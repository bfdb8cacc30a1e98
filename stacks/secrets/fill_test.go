package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// vault is a Secrets Manager in memory.
type vault map[string]string

var errMissing = errors.New("ResourceNotFoundException")

func (v vault) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	text, ok := v[*in.SecretId]
	if !ok {
		return nil, errMissing
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &text}, nil
}

func (v vault) PutSecretValue(_ context.Context, in *secretsmanager.PutSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error) {
	v[*in.SecretId] = *in.SecretString
	return &secretsmanager.PutSecretValueOutput{}, nil
}

var stripe = []fleet.Secret{{Name: "stripe", Fields: []string{"secret_key", "webhook_secrets[]"}}}

const fresh = `{"placeholder":"x9"}`

func TestPromptFillsWhatIsAnswered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, held string
		answers    []string
		want       string
	}{
		{"a new secret", fresh, []string{"sk_live_1", "whsec_2, whsec_1"}, `{"secret_key":"sk_live_1","webhook_secrets":["whsec_2","whsec_1"]}`},
		{"one field is rotated", `{"secret_key":"old","webhook_secrets":["w"]}`, []string{"new", ""}, `{"secret_key":"new","webhook_secrets":["w"]}`},
		{"nothing is answered", fresh, []string{"", ""}, fresh},
		{"a field of another version stays", `{"secret_key":"old","more":1}`, []string{"new", ""}, `{"more":1,"secret_key":"new"}`},
	} {
		v := vault{"callanalyst/stripe": tt.held}
		var out bytes.Buffer
		f := filler{store: v, stage: stage.Stage{Name: "prod"}, out: &out}
		answers := tt.answers
		ask := func(string) (string, error) {
			next := answers[0]
			answers = answers[1:]
			return next, nil
		}
		if err := f.fromPrompt(t.Context(), ask, stripe); err != nil || v["callanalyst/stripe"] != tt.want {
			t.Errorf("%s: %v, secret = %s, want %s", tt.name, err, v["callanalyst/stripe"], tt.want)
		}
		for _, a := range tt.answers {
			if a != "" && strings.Contains(out.String(), a) {
				t.Errorf("%s: the answer is shown: %s", tt.name, out.String())
			}
		}
	}
}

func TestFileFillsWhatItNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		want, err  string
	}{
		{"a good file", `{"stripe":{"secret_key":"sk","webhook_secrets":["w"]}}`, 0o600, `{"secret_key":"sk","webhook_secrets":["w"]}`, ""},
		{"one that others may read", `{"stripe":{"secret_key":"sk"}}`, 0o644, fresh, "chmod 600"},
		{"a misspelt field", `{"stripe":{"secret-key":"sk"}}`, 0o600, fresh, "secret-key"},
		{"an unknown secret", `{"strip":{"secret_key":"sk"}}`, 0o600, fresh, "strip"},
		{"a list that is none", `{"stripe":{"webhook_secrets":"w"}}`, 0o600, fresh, "list"},
		{"no JSON", `secret_key=sk_live_1`, 0o600, fresh, "JSON"},
		{"nothing for this secret", `{}`, 0o600, fresh, ""},
	} {
		path := filepath.Join(t.TempDir(), "secrets.json")
		if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
			t.Fatal(err)
		}
		v := vault{"callanalyst/stripe": fresh}
		err := filler{store: v, stage: stage.Stage{Name: "prod"}, out: &bytes.Buffer{}}.fromFile(t.Context(), path, stripe)
		if (err == nil) != (tt.err == "") || (err != nil && !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: error = %v, want one with %q", tt.name, err, tt.err)
		}
		if err != nil && strings.Contains(err.Error(), "sk_live_1") {
			t.Errorf("%s: the error shows a value: %v", tt.name, err)
		}
		if got := v["callanalyst/stripe"]; got != tt.want {
			t.Errorf("%s: secret = %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestASecretThatTheDeployHasNotMadeSaysSo(t *testing.T) {
	t.Parallel()
	f := filler{store: vault{}, stage: stage.Stage{Name: "dev"}, out: &bytes.Buffer{}}
	err := f.fromPrompt(t.Context(), nil, stripe)
	if !errors.Is(err, errMissing) || !strings.Contains(err.Error(), "callanalyst/dev/stripe (has DataStack been deployed?)") {
		t.Errorf("error = %v, want the secret's name and what to do", err)
	}
}

func TestChosen(t *testing.T) {
	t.Parallel()
	names := func(s stage.Stage, asked ...string) []string {
		rows, err := chosen(s, asked)
		out := []string{}
		for _, r := range rows {
			out = append(out, r.Name)
		}
		if err != nil {
			out = append(out, "refused")
		}
		return out
	}
	all := []string{}
	for _, s := range fleet.Secrets() {
		if s.Name != "origin" {
			all = append(all, s.Name)
		}
	}
	if diff := cmp.Diff(all, names(stage.Stage{})); diff != "" {
		t.Errorf("without a name (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"stripe", "apple"}, names(stage.Stage{Apple: &stage.Apple{}}, "apple", "stripe")); diff != "" {
		t.Errorf("two names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"refused"}, names(stage.Stage{}, "origin")); diff != "" {
		t.Errorf("the generated one (-want +got):\n%s", diff)
	}
}

// TestSecretsComeFromAFileOrAPromptAlone shows that a value in the arguments,
// where the shell's history keeps it, is refused.
func TestSecretsComeFromAFileOrAPromptAlone(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"stripe=sk_live_1"}, {"stripe", "sk_live_1"}, {"sk_live_1"}} {
		if rows, err := chosen(stage.Stage{Name: "prod"}, args); err == nil {
			t.Errorf("chosen(%q) = %v, want an error", args, rows)
		}
	}
}
