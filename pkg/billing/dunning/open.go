package dunning

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/profile"
)

// Open puts a Teller together for a Lambda process. It calls nobody.
func Open(p *boot.Process) *Teller {
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
	site := p.Env.URL("SITE_URL", "https://callanalyst.app")
	return &Teller{
		Accounts: profile.Rows{DB: db, Profiles: p.Env.Table("profiles"), Entitlements: p.Env.Table("entitlements"), Now: p.Now},
		Mails: sync.OnceValues(func() (Mails, error) {
			pages, err := mail.NewPages(site)
			return &mail.Notices{Pages: pages, Outbox: outbox}, err
		}),
		Log: p.Log, Now: p.Now,
	}
}
