package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"callanalyst/stacks/aws/stage"
)

// caller is who AWS says is asking; an empty one it does not know.
type caller string

func (c caller) GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error) {
	if c == "" {
		return nil, errors.New("ExpiredToken: the security token included in the request is expired")
	}
	return &sts.GetCallerIdentityOutput{Account: aws.String(string(c)), Arn: aws.String("arn:aws:sts::" + string(c) + ":assumed-role/deploy/dana")}, nil
}

func TestNothingIsDeployedIntoTheWrongAccount(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		stage stage.Stage
		who   caller
		want  string // of the error; "" when it may go on
	}{
		{"the stage's own account", stage.Stage{Name: "prod", Account: "111", Retain: true}, "111", ""},
		{"another account", stage.Stage{Name: "prod", Account: "111", Retain: true}, "222", "belongs to account 111"},
		{"a stage of any account", stage.Stage{Name: "dev"}, "222", ""},
		{"a stage that keeps its data must name its account", stage.Stage{Name: "prod", Retain: true}, "222", `\"account\": \"222\"`},
		{"credentials that have expired", stage.Stage{Name: "dev"}, "", "Sign in first"},
	} {
		var out bytes.Buffer
		err := verify(t.Context(), &out, tt.stage, tt.who)
		switch {
		case tt.want == "" && (err != nil || !strings.Contains(out.String(), "as arn:aws:sts::"+string(tt.who))):
			t.Errorf("%s: verify = %v, said %q", tt.name, err, out.String())
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "Nothing was changed")):
			t.Errorf("%s: verify = %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

// TestWithoutCredentialsTheWayInIsNamed needs its own environment: nothing of
// the developer's may help.
func TestWithoutCredentialsTheWayInIsNamed(t *testing.T) {
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if err := account(t.Context(), &bytes.Buffer{}, stage.Stage{Name: "dev", Region: "us-east-2"}); !errors.Is(err, errNoCredentials) {
		t.Errorf("account without credentials = %v, want %v", err, errNoCredentials)
	}
}
