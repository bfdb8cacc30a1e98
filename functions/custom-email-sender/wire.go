package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/mail/emailcode"
)

// wire makes the function's parts. The pool is not configured on AWS, where
// pool and trigger would each wait for the other's name: the key's policy and
// the code's own context tie the two together.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	codes, err := emailcode.New(kms.NewFromConfig(p.AWS("KMS")), p.Env.Need("CODE_KEY_ARN"), p.Env.Or("USER_POOL_ID", ""))
	if err != nil && p.Env.Or("CODE_KEY_ARN", "") != "" {
		p.Env.Wrong("CODE_KEY_ARN", "must be the ARN of a KMS key")
	}
	db := dynamodb.NewFromConfig(p.AWS("DYNAMODB"))
	outbox := &mail.Outbox{
		Claims:       &mail.Claims{DB: db, Table: p.Env.Table("mails"), Now: p.Now},
		Suppressions: &mail.Suppressions{DB: db, Table: p.Env.Table("suppressions")},
		Sender: &mail.Sender{
			SES:  sesv2.NewFromConfig(p.AWS("SESV2")),
			From: p.Env.Or("MAIL_FROM", "Call Analyst <hello@callanalyst.app>"), ReplyTo: p.Env.Or("MAIL_REPLY_TO", "support@callanalyst.app"),
			AuthSet: p.Env.Or("MAIL_SET_AUTH", "auth"),
		},
		Log: p.Log,
	}
	pages, err := mail.NewPages(p.Env.URL("SITE_URL", "https://callanalyst.app"))
	if p.Env.Err() != nil || err != nil {
		return nil, err
	}
	if err := warm(ctx, p); err != nil {
		return nil, err
	}
	return handler(&mail.Codes{Decrypter: codes, Pages: pages, Outbox: outbox}, p.Log), nil
}

// warm pays in the init phase what the first event would pay: the first use of
// the Encryption SDK, and the connections that every event needs: one to KMS,
// one to SES, and two to DynamoDB, which is asked for a claim and for a
// suppression at the same time.
func warm(ctx context.Context, p *boot.Process) error {
	db := address(p.AWS("DYNAMODB"), "dynamodb")
	var g errgroup.Group
	g.Go(func() error { return emailcode.Warm(ctx) })
	p.Connect(ctx, db, db, address(p.AWS("KMS"), "kms"), address(p.AWS("SESV2"), "email"))
	return g.Wait()
}

// address is where the service listens.
func address(c aws.Config, service string) string {
	if c.BaseEndpoint != nil {
		return *c.BaseEndpoint
	}
	return "https://" + service + "." + c.Region + ".amazonaws.com"
}
