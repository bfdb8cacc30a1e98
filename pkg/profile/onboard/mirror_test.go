package onboard_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"callanalyst/pkg/profile/onboard"
)

// pool keeps the last change of a user's attributes, or refuses it.
type pool struct {
	in  *cognito.AdminUpdateUserAttributesInput
	err error
}

func (p *pool) AdminUpdateUserAttributes(_ context.Context, in *cognito.AdminUpdateUserAttributesInput, _ ...func(*cognito.Options)) (*cognito.AdminUpdateUserAttributesOutput, error) {
	p.in = in
	return &cognito.AdminUpdateUserAttributesOutput{}, p.err
}

func TestMirrorSetsOneAttribute(t *testing.T) {
	t.Parallel()
	var p pool
	if err := (onboard.Mirror{Cognito: &p}).Set(t.Context(), "us-east-2_X", "Google_1", "cus_1"); err != nil {
		t.Fatal(err)
	}
	if got := aws.ToString(p.in.UserPoolId) + " " + aws.ToString(p.in.Username); got != "us-east-2_X Google_1" {
		t.Errorf("changed %s", got)
	}
	// Any other attribute would be written over with what may be old.
	if n := len(p.in.UserAttributes); n != 1 {
		t.Fatalf("changed %d attributes, want 1", n)
	}
	a := p.in.UserAttributes[0]
	if aws.ToString(a.Name) != "custom:stripe_customer_id" || aws.ToString(a.Value) != "cus_1" {
		t.Errorf("set %s to %s", aws.ToString(a.Name), aws.ToString(a.Value))
	}
}

func TestMirrorTellsOfAFailure(t *testing.T) {
	t.Parallel()
	down := errors.New("down")
	err := onboard.Mirror{Cognito: &pool{err: down}}.Set(t.Context(), "us-east-2_X", "Google_1", "cus_1")
	if !errors.Is(err, down) || !strings.Contains(err.Error(), "cus_1") {
		t.Errorf("Set = %v, want the cause and the customer", err)
	}
}
