package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/greet"
)

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	database, ses := p.AWS("DYNAMODB"), p.AWS("SESV2")
	db := dynamodb.NewFromConfig(database)
	outbox := &mail.Outbox{
		Claims:       &mail.Claims{DB: db, Table: p.Env.Table("mails"), Now: p.Now},
		Suppressions: &mail.Suppressions{DB: db, Table: p.Env.Table("suppressions")},
		Sender: &mail.Sender{
			SES:  sesv2.NewFromConfig(ses),
			From: p.Env.Or("MAIL_FROM", "Call Analyst <hello@callanalyst.app>"), ReplyTo: p.Env.Or("MAIL_REPLY_TO", "support@callanalyst.app"),
			ProductSet: p.Env.Or("MAIL_SET_PRODUCT", "product"),
		},
		Log: p.Log,
	}
	g := &greet.Greeter{
		Accounts: profile.Rows{DB: db, Profiles: p.Env.Table("profiles"), Entitlements: p.Env.Table("entitlements"), Now: p.Now},
		Log:      p.Log, Now: p.Now,
	}
	pages, err := mail.NewPages(p.Env.URL("SITE_URL", "https://callanalyst.app"))
	if p.Env.Err() != nil || err != nil {
		return nil, err
	}
	g.Mails = &mail.Welcomes{Pages: pages, Outbox: outbox}
	address := boot.Endpoint(database, "dynamodb")
	p.Connect(ctx, address, address, boot.Endpoint(ses, "email"))
	return handler(g, p.Log), nil
}
