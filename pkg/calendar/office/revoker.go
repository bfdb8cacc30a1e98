package office

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/notetaker/booth"
	"callanalyst/pkg/profile"
)

// Revoker returns the part that ends connections which Google has ended. It
// writes mail: its function needs the tables profiles, entitlements, mails and
// suppressions, and to send by the identity of sign-in mail.
func (o *Office) Revoker() (*calendar.Revoker, error) {
	pages, err := mail.NewPages(o.Site())
	if err != nil {
		return nil, err
	}
	notices := &mail.Notices{Pages: pages, Outbox: &mail.Outbox{
		Claims:       &mail.Claims{DB: o.db, Table: o.p.Env.Table("mails"), Now: o.p.Now},
		Suppressions: &mail.Suppressions{DB: o.db, Table: o.p.Env.Table("suppressions")},
		Sender: &mail.Sender{
			SES:  sesv2.NewFromConfig(o.p.AWS("SESV2")),
			From: o.p.Env.Or("MAIL_FROM", "Call Analyst <hello@callanalyst.app>"), ReplyTo: o.p.Env.Or("MAIL_REPLY_TO", "support@callanalyst.app"),
			AuthSet: o.p.Env.Or("MAIL_SET_AUTH", "auth"),
		},
		Log: o.p.Log,
	}}
	people := people{profile.Rows{DB: o.db, Profiles: o.p.Env.Table("profiles"), Entitlements: o.p.Env.Table("entitlements"), Now: o.p.Now}}
	return &calendar.Revoker{
		Store: o.Store(), Bots: booth.Open(o.p).Dispatcher(), People: people, Mail: notices, Log: o.p.Log, Now: o.p.Now,
	}, nil
}

// people knows whom to write to by their profiles.
type people struct{ rows profile.Rows }

// Reader implements what calendar.Revoker asks for.
func (p people) Reader(ctx context.Context, sub string) (mail.Reader, error) {
	a, err := p.rows.Account(ctx, sub)
	if err != nil {
		return mail.Reader{}, err
	}
	return mail.Reader{Sub: sub, Email: a.Profile.Email, Name: a.Profile.Name}, nil
}
