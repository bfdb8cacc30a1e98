package main

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest"
)

func signUpInput(metadata map[string]string) *cognitoidentityprovider.SignUpInput {
	email := aws.String("dana@example.com")
	return &cognitoidentityprovider.SignUpInput{
		ClientId: aws.String(cognitotest.DefaultClientID), Username: email, Password: aws.String("Correct-Horse-Battery-9"),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: email}}, ClientMetadata: metadata,
	}
}

// TestWhatAClientOfCognitoSees signs up as a browser does.
func TestWhatAClientOfCognitoSees(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.users.Overlap(cognitotest.PreSignUp, 3)
	for want, metadata := range map[string]map[string]string{
		"PreSignUp failed with error TOS_NOT_ACCEPTED.":  nil,
		"PreSignUp failed with error TOS_VERSION_STALE.": {"tos_accepted": "true", "tos_version": "2024-01-01"},
	} {
		_, err := w.api.SignUp(t.Context(), signUpInput(metadata))
		var refused *types.UserLambdaValidationException
		if !errors.As(err, &refused) || refused.ErrorMessage() != want {
			t.Errorf("SignUp with %v = %v, want %q", metadata, err, want)
		}
	}
	if rows := w.rows(t); rows != nil {
		t.Errorf("consents holds %v after refusals", rows)
	}
	out, err := w.api.SignUp(t.Context(), signUpInput(yes()))
	if err != nil {
		t.Fatalf("SignUp with the terms accepted: %v", err)
	}
	rows := w.rows(t)
	if len(rows) != 1 || rows[0]["cognito_sub"] != "PENDING#"+aws.ToString(out.UserSub) || rows[0]["client_id"] != cognitotest.DefaultClientID {
		t.Errorf("consents holds %v, want one acceptance that waits for %s", rows, aws.ToString(out.UserSub))
	}
	w.log.silent(t)
}

// TestAnOperatorNeedsNoTerms creates a user who meets the gate at the API.
func TestAnOperatorNeedsNoTerms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, err := w.api.AdminCreateUser(t.Context(), &cognitoidentityprovider.AdminCreateUserInput{
		UserPoolId: aws.String(cognitotest.DefaultPoolID), Username: aws.String("dana@example.com"), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String("dana@example.com")}},
	})
	if err != nil {
		t.Errorf("AdminCreateUser = %v, want a user", err)
	}
	if rows := w.rows(t); rows != nil {
		t.Errorf("consents holds %v, want nothing", rows)
	}
}
