package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"callanalyst/stacks/aws/stage"
)

// errNoCredentials says what to do when AWS does not know who asks.
var errNoCredentials = errors.New(`AWS does not know you here. Sign in first, e.g. "aws sso login" with AWS_PROFILE set; ` +
	`"aws sts get-caller-identity" then names you. Nothing was changed`)

// identity is what AWS knows of whoever asks.
type identity interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// account shows who is about to change the stage, and refuses the wrong account:
// the command line of the CDK would notice neither before minutes have passed.
func account(ctx context.Context, w io.Writer, s stage.Stage) error {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(s.Region), config.WithRetryMaxAttempts(2))
	if err != nil {
		return fmt.Errorf("%w: %w", errNoCredentials, err)
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return errNoCredentials
	}
	return verify(ctx, w, s, sts.NewFromConfig(cfg))
}

func verify(ctx context.Context, w io.Writer, s stage.Stage, who identity) error {
	out, err := who.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("%w: %w", errNoCredentials, err)
	}
	number := aws.ToString(out.Account)
	if s.Account != "" && s.Account != number {
		return fmt.Errorf("stage %s belongs to account %s, and you are signed in to %s: change AWS_PROFILE. Nothing was changed", s.Name, s.Account, number)
	}
	if s.Account == "" && s.Retain {
		return fmt.Errorf("stage %s has no account: put %q into it in cdk.json, so that nobody deploys it elsewhere by mistake. Nothing was changed", s.Name, `"account": "`+number+`"`)
	}
	_, err = fmt.Fprintf(w, "Stage %s in %s of account %s, as %s.\n", s.Name, s.Region, number, aws.ToString(out.Arn))
	return err
}
