// Package office puts pkg/calendar together for a Lambda process: each function
// takes the part that it serves, and with it asks for just the settings that this
// part needs.
package office

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/notetaker/booth"
)

// callbackPath is where Google sends browsers back to, on the site.
const callbackPath = "/api/calendar/oauth-callback"

// Office is one process's way to the tables, to KMS and to Google.
type Office struct {
	p     *boot.Process
	db    *dynamodb.Client
	cache *boot.Secrets
	warm  []string // addresses of the parts that were taken
}

// Open makes the clients. It calls nobody.
func Open(p *boot.Process) *Office {
	return &Office{
		p: p, db: dynamodb.NewFromConfig(p.AWS("DYNAMODB")), cache: p.NewSecrets(),
		warm: []string{boot.Endpoint(p.AWS("DYNAMODB"), "dynamodb")},
	}
}

// Store returns the table of connections.
func (o *Office) Store() calendar.Store {
	return calendar.Store{DB: o.db, Table: o.p.Env.Table("calendar_connections")}
}

// Vault returns the seal on tokens.
func (o *Office) Vault() calendar.Vault {
	cfg := o.p.AWS("KMS")
	o.warm = append(o.warm, boot.Endpoint(cfg, "kms"))
	return calendar.Vault{KMS: kms.NewFromConfig(cfg), KeyID: o.p.Env.Need("CALENDAR_KEY_ARN")}
}

// Google returns Google's side of a connection, but for consent.
func (o *Office) Google() *google.OAuth {
	g := o.revoker()
	g.Keys = o.keys()
	return g
}

// revoker returns the part of Google that takes grants back. It needs no secret:
// whoever holds a token may end it.
func (o *Office) revoker() *google.OAuth {
	base := o.p.Env.URL("GOOGLE_TOKEN_BASE", "https://oauth2.googleapis.com")
	o.warm = append(o.warm, base)
	return &google.OAuth{TokenBase: base, HTTP: o.p.HTTP, Now: o.p.Now}
}

func (o *Office) keys() google.Keys {
	return google.SecretKeys(o.cache, o.p.Env.Secret("google"))
}

// Tokens returns the part that has an access token for every connection.
func (o *Office) Tokens() *google.Tokens {
	return &google.Tokens{OAuth: o.Google(), Vault: o.Vault(), Store: o.Store(), Log: o.p.Log, Now: o.p.Now}
}

// Site returns the address of the site.
func (o *Office) Site() string { return o.p.Env.URL("SITE_URL", "https://callanalyst.app") }

func (o *Office) gate() calendar.Gate {
	return calendar.Gate{
		Rows:  entitlement.Rows{DB: o.db, Table: o.p.Env.Table("entitlements")},
		Terms: consent.Required(o.p.Env.Or("TOS_VERSION", consent.Current)),
	}
}

// Connector returns the part that connects calendars.
func (o *Office) Connector() *calendar.Connector {
	g := o.consenter()
	g.TokenBase = o.revoker().TokenBase
	return &calendar.Connector{
		Store: o.Store(), Attempts: o.attempts(), Vault: o.Vault(), Google: g, Gate: o.gate(), Log: o.p.Log, Rand: o.p.Rand, Now: o.p.Now,
	}
}

// Starter returns the part of the Connector that begins attempts: it needs no
// connection, no key and no token.
func (o *Office) Starter() *calendar.Connector {
	return &calendar.Connector{Attempts: o.attempts(), Google: o.consenter(), Gate: o.gate(), Log: o.p.Log, Rand: o.p.Rand, Now: o.p.Now}
}

func (o *Office) consenter() *google.OAuth {
	return &google.OAuth{
		AuthBase: o.p.Env.URL("GOOGLE_AUTH_BASE", "https://accounts.google.com"), RedirectURL: o.Site() + callbackPath,
		HTTP: o.p.HTTP, Keys: o.keys(), Now: o.p.Now,
	}
}

func (o *Office) attempts() calendar.Attempts {
	return calendar.Attempts{DB: o.db, Table: o.p.Env.Table("oauth_states"), Rand: o.p.Rand, Now: o.p.Now}
}

// events returns the way to Google's calendars.
func (o *Office) events() *google.Events {
	base := o.p.Env.URL("GOOGLE_API_BASE", "https://www.googleapis.com")
	return &google.Events{Base: base, HTTP: o.p.HTTP}
}

// Viewer returns the part that shows connections.
func (o *Office) Viewer() calendar.Viewer {
	return calendar.Viewer{Store: o.Store(), Gate: o.gate(), Now: o.p.Now}
}

// Desk returns the part that changes connections.
func (o *Office) Desk() calendar.Desk {
	return calendar.Desk{Viewer: o.Viewer(), Bots: booth.Open(o.p).Dispatcher()}
}

// Leaver returns the part that ends connections for their users.
func (o *Office) Leaver() *calendar.Leaver {
	return &calendar.Leaver{
		Store: o.Store(), Vault: o.Vault(), Google: o.revoker(), Channels: o.events(), Bots: booth.Open(o.p).Dispatcher(), Log: o.p.Log, Now: o.p.Now,
	}
}

// patience bounds the warming: a party that does not answer now may do so later.
const patience = 500 * time.Millisecond

// Warm pays in the init phase what the first invocation would pay: connections,
// Google's secret where a part needs it, and the pool's keys unless v is nil.
// Nothing depends on its success.
func (o *Office) Warm(ctx context.Context, v *auth.Verifier, secret bool) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	var g errgroup.Group
	if secret {
		g.Go(func() error {
			return o.keys()(ctx, func(context.Context, google.Secret) error { return nil })
		})
	}
	if v != nil {
		g.Go(func() error { return v.Load(ctx) })
	}
	g.Go(func() error { o.p.Connect(ctx, o.warm...); return nil })
	_ = g.Wait() // each call tries again for itself
}
