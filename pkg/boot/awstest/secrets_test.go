package awstest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/awstest"
)

// newSecret returns a client and the ARN of a secret with one value.
func newSecret(t *testing.T) (world, *secretsmanager.Client, string) {
	t.Helper()
	w := newWorld(t)
	client := secretsmanager.NewFromConfig(w.sdk)
	out := check(client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("callanalyst/stripe"), SecretString: aws.String(`{"v":1}`)}))(t)
	return w, client, *out.ARN
}

func TestSecretsAreFoundByNameAndARN(t *testing.T) {
	t.Parallel()
	_, client, arn := newSecret(t)
	tests := []struct {
		name, id, want string // code
	}{
		{name: "name", id: "callanalyst/stripe"},
		{name: "ARN", id: arn},
		{name: "ARN without its suffix", id: arn[:len(arn)-7]},
		{name: "ARN with another suffix", id: arn[:len(arn)-6] + "aaaaaa", want: "ResourceNotFoundException"},
		{name: "another name", id: "callanalyst/recall", want: "ResourceNotFoundException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &tt.id})
			if got := codeOf(t, err); got != tt.want {
				t.Fatalf("GetSecretValue(%q): error = %v, want %q", tt.id, err, tt.want)
			}
			if err == nil && (*out.SecretString != `{"v":1}` || *out.ARN != arn) {
				t.Errorf("GetSecretValue(%q) = %q of %q", tt.id, *out.SecretString, *out.ARN)
			}
		})
	}
}

func TestSecretsKeepTheLastTwoValues(t *testing.T) {
	t.Parallel()
	_, client, arn := newSecret(t)
	put := func(value, token string) string {
		in := &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: &value}
		if token != "" {
			in.ClientRequestToken = &token
		}
		_, err := client.PutSecretValue(t.Context(), in)
		return codeOf(t, err)
	}
	at := func(stage string) string {
		out, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &arn, VersionStage: &stage})
		if err != nil {
			return codeOf(t, err)
		}
		return *out.SecretString
	}
	if got := at("AWSPREVIOUS"); got != "ResourceNotFoundException" {
		t.Errorf("AWSPREVIOUS of a new secret = %q, want ResourceNotFoundException", got)
	}
	token := strings.Repeat("t", 32)
	for _, s := range []struct{ value, token, want, current, previous string }{
		{value: "two", token: token, current: "two", previous: `{"v":1}`},
		{value: "two", token: token, current: "two", previous: `{"v":1}`}, // a repetition
		{value: "other", token: token, want: "ResourceExistsException", current: "two", previous: `{"v":1}`},
		{value: "three", current: "three", previous: "two"},
	} {
		if got := put(s.value, s.token); got != s.want {
			t.Errorf("PutSecretValue(%q) = %q, want %q", s.value, got, s.want)
		}
		if c, p := at("AWSCURRENT"), at("AWSPREVIOUS"); c != s.current || p != s.previous {
			t.Errorf("after %q: current %q, previous %q, want %q, %q", s.value, c, p, s.current, s.previous)
		}
	}
	out := check(client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: &arn}))(t)
	if len(out.VersionIdsToStages) != 2 {
		t.Errorf("DescribeSecret tells of %d versions, want 2", len(out.VersionIdsToStages))
	}
	if diff := cmp.Diff([]string{"AWSPREVIOUS"}, out.VersionIdsToStages[token]); diff != "" {
		t.Errorf("stages of the second version (-want +got):\n%s", diff)
	}
}

func TestSecretsUpdateListAndBatch(t *testing.T) {
	t.Parallel()
	_, client, arn := newSecret(t)
	check(client.UpdateSecret(t.Context(), &secretsmanager.UpdateSecretInput{SecretId: &arn, Description: aws.String("keys"), SecretString: aws.String("new")}))(t)
	check(client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("binary"), SecretBinary: []byte{1}}))(t)
	list := check(client.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{}))(t).SecretList
	if len(list) != 2 || *list[0].Name != "binary" || *list[1].Description != "keys" {
		t.Errorf("ListSecrets = %+v, want binary and the described one", list)
	}
	out := check(client.BatchGetSecretValue(t.Context(), &secretsmanager.BatchGetSecretValueInput{SecretIdList: []string{arn, "none", "binary"}}))(t)
	if len(out.SecretValues) != 2 || *out.SecretValues[0].SecretString != "new" || string(out.SecretValues[1].SecretBinary) != "\x01" {
		t.Errorf("BatchGetSecretValue = %+v, want new and one byte", out.SecretValues)
	}
	if len(out.Errors) != 1 || *out.Errors[0].ErrorCode != "ResourceNotFoundException" || *out.Errors[0].SecretId != "none" {
		t.Errorf("BatchGetSecretValue errors = %+v, want none not found", out.Errors)
	}
}

func TestSecretsRefuse(t *testing.T) {
	t.Parallel()
	_, client, arn := newSecret(t)
	tests := []struct {
		name string
		call func() error
		want string
	}{
		{name: "a name that is taken", want: "ResourceExistsException", call: func() error {
			_, err := client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("callanalyst/stripe")})
			return err
		}},
		{name: "a value that is none", want: "InvalidRequestException", call: func() error {
			_, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &arn})
			return err
		}},
		{name: "two values at once", want: "InvalidParameterException", call: func() error {
			_, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: aws.String("a"), SecretBinary: []byte("b")})
			return err
		}},
		{name: "a value for no secret", want: "ResourceNotFoundException", call: func() error {
			_, err := client.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("none"), SecretString: aws.String("a")})
			return err
		}},
		{name: "a batch of nothing", want: "InvalidParameterException", call: func() error {
			_, err := client.BatchGetSecretValue(t.Context(), &secretsmanager.BatchGetSecretValueInput{})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := tt.call(); codeOf(t, err) != tt.want {
				t.Errorf("error = %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSecretsDeletion(t *testing.T) {
	t.Parallel()
	_, client, arn := newSecret(t)
	read := func() string {
		_, err := client.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &arn})
		return codeOf(t, err)
	}
	check(client.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: &arn}))(t)
	if got := read(); got != "InvalidRequestException" {
		t.Errorf("read of a secret marked for deletion = %q, want InvalidRequestException", got)
	}
	if got := check(client.ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{}))(t).SecretList; len(got) != 0 {
		t.Errorf("ListSecrets = %d, want none", len(got))
	}
	if got := check(client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: &arn}))(t); got.DeletedDate == nil {
		t.Error("DescribeSecret tells no deletion date")
	}
	check(client.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("gone"), SecretString: aws.String("x")}))(t)
	check(client.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: aws.String("gone"), ForceDeleteWithoutRecovery: aws.Bool(true)}))(t)
	if _, err := client.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("gone")}); codeOf(t, err) != "ResourceNotFoundException" {
		t.Errorf("DescribeSecret of a forced deletion: error = %v, want ResourceNotFoundException", err)
	}
}

func TestSecretARNsSurviveARestart(t *testing.T) {
	t.Parallel()
	arn := func(seed string) string {
		s := awstest.NewSecrets(awstest.Config{Seed: seed})
		text := "x"
		return check(s.CreateSecret(t.Context(), awstest.SecretInput{Name: "a", SecretString: &text}))(t).ARN
	}
	if one, again := arn("s"), arn("s"); one != again {
		t.Errorf("ARNs %q and %q of one seed differ", one, again)
	}
	if one, other := arn("s"), arn("t"); one == other {
		t.Errorf("ARN %q does not depend on the seed", one)
	}
}
