package main

import (
	"context"
	"fmt"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/stacks/local/stack"
)

// The caller. It lives as long as the fleet does.
const (
	email    = "judge@example.com"
	password = "Judge-Passw0rd-1!"
)

// signIn signs a user up at the fleet's pool and returns an access token.
func signIn(ctx context.Context, s *stack.Stack) (string, error) {
	pool := cognito.New(cognito.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(s.URL("aws")),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	client := aws.String(stack.ClientID)
	if _, err := pool.SignUp(ctx, &cognito.SignUpInput{
		ClientId: client, Username: aws.String(email), Password: aws.String(password),
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: aws.String(email)}},
		ClientMetadata: map[string]string{"tos_accepted": "true", "tos_version": "2026-06-01"},
	}); err != nil {
		return "", fmt.Errorf("sign the judge up: %w", err)
	}
	code, err := mailed(ctx, func() (texts []string) {
		for _, m := range s.AWS.SES.Messages() {
			texts = append(texts, m.Text)
		}
		return texts
	})
	if err != nil {
		return "", err
	}
	if _, err := pool.ConfirmSignUp(ctx, &cognito.ConfirmSignUpInput{ClientId: client, Username: aws.String(email), ConfirmationCode: &code}); err != nil {
		return "", fmt.Errorf("confirm the judge: %w", err)
	}
	in, err := pool.InitiateAuth(ctx, &cognito.InitiateAuthInput{
		ClientId: client, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": password},
	})
	if err != nil {
		return "", fmt.Errorf("sign the judge in: %w", err)
	}
	return aws.ToString(in.AuthenticationResult.AccessToken), nil
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// mailed waits for the code in one of the mails that were sent.
func mailed(ctx context.Context, texts func() []string) (string, error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(15 * time.Second); ; {
		for _, text := range texts() {
			if code := sixDigits.FindString(text); code != "" {
				return code, nil
			}
		}
		select {
		case <-tick.C:
		case <-late:
			return "", fmt.Errorf("no code came for %s", email)
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}
