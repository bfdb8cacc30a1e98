package calendar_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/notetaker/link"
)

const (
	site     = "https://callanalyst.app"
	callback = site + "/api/calendar/oauth-callback"
	gmail    = "ada@gmail.example"
	keyID    = "ca1e0da2-ca1e-4da2-8ca1-e0da2ca1e0da"
)

// world is Google, KMS and the tables, with users who have accepted the terms.
type world struct {
	t      *testing.T
	db     *dynamotest.DB
	google *googletest.Server
	oauth  *google.OAuth
	events *google.Events
	store  calendar.Store
	vault  calendar.Vault
	bots   *bots
	people people
	log    *strings.Builder

	mu  sync.Mutex
	now time.Time
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: dynamotest.New(t), bots: &bots{}, people: people{"u1": {TOSVersion: consent.Current}, "u2": {TOSVersion: consent.Current}}, now: noon, log: &strings.Builder{}}
	w.google = googletest.New(googletest.Config{Now: w.clock, Redirects: []string{callback}})
	web := httptest.NewServer(w.google)
	t.Cleanup(web.Close)
	w.oauth = &google.OAuth{AuthBase: web.URL, TokenBase: web.URL, RedirectURL: callback, HTTP: web.Client(), Now: w.clock,
		Keys: func(ctx context.Context, fn func(context.Context, google.Secret) error) error {
			return fn(ctx, google.Secret{ClientID: googletest.TestClientID, ClientSecret: googletest.TestClientSecret})
		}}
	w.events = &google.Events{Base: web.URL, HTTP: web.Client()}
	w.store = calendar.Store{DB: w.db, Table: w.db.Table("calendar_connections")}
	w.vault = vault(t)
	return w
}

// vault is KMS with one key.
func vault(t *testing.T) calendar.Vault {
	t.Helper()
	amazon := awstest.New(awstest.Config{})
	amazon.KMS.AddKey(keyID, "")
	web := httptest.NewServer(amazon)
	t.Cleanup(web.Close)
	return calendar.Vault{KeyID: "arn:aws:kms:us-east-2:000000000000:key/" + keyID, KMS: kms.New(kms.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(web.URL), Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		RetryMaxAttempts: 1,
	})}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) logger() *slog.Logger { return slog.New(slog.NewTextHandler(w.log, nil)) }

func (w *world) gate() calendar.Gate {
	return calendar.Gate{Rows: w.people, Terms: consent.Required(consent.Current)}
}

func (w *world) connector() *calendar.Connector {
	return &calendar.Connector{
		Store: w.store, Vault: w.vault, Google: w.oauth, Gate: w.gate(), Log: w.logger(), Rand: rand.Reader, Now: w.clock,
		Attempts: calendar.Attempts{DB: w.db, Table: w.db.Table("oauth_states"), Rand: rand.Reader, Now: w.clock},
	}
}

func (w *world) leaver() *calendar.Leaver {
	return &calendar.Leaver{Store: w.store, Vault: w.vault, Google: w.oauth, Channels: w.events, Bots: w.bots, Log: w.logger(), Now: w.clock}
}

func (w *world) desk() calendar.Desk {
	return calendar.Desk{Viewer: calendar.Viewer{Store: w.store, Gate: w.gate(), Now: w.clock}, Bots: w.bots}
}

// begin starts an attempt and goes to Google; it returns what the browser brings
// back.
func (w *world) begin(sub string, d googletest.Decision) calendar.Return {
	w.t.Helper()
	address, browser, err := w.connector().Start(w.t.Context(), sub)
	if err != nil {
		w.t.Fatal(err)
	}
	back, err := googletest.Decide(w.oauth.HTTP, address, d)
	if err != nil {
		w.t.Fatal(err)
	}
	return ret(back.Query(), browser)
}

func ret(q url.Values, browser string) calendar.Return {
	return calendar.Return{State: q.Get("state"), Code: q.Get("code"), Error: q.Get("error"), Browser: browser}
}

// connect connects a user's calendar and returns the connection.
func (w *world) connect(sub, email string) calendar.Connection {
	w.t.Helper()
	if err := w.connector().Finish(w.t.Context(), w.begin(sub, googletest.Decision{Email: email})); err != nil {
		w.t.Fatal(err)
	}
	return get(w.t, w.store, sub)
}

// schedule gives a connection meetings to come.
func (w *world) schedule(c calendar.Connection, all ...calendar.Meeting) calendar.Connection {
	w.t.Helper()
	c, err := w.store.Save(w.t.Context(), c, calendar.Look{Upcoming: all, NextPollAt: noon.Add(time.Hour), SyncedAt: noon})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// people are users by their rows.
type people map[string]entitlement.Row

func (p people) Get(_ context.Context, sub string) (entitlement.Row, error) { return p[sub], nil }

var errDown = errors.New("down")

// bots is a dispatcher that writes down what it is told.
type bots struct {
	told []string
	err  error
}

func (b *bots) Withdraw(_ context.Context, sub string, l link.Link, start time.Time) error {
	b.told = append(b.told, "withdraw "+sub+" "+l.Room()+" "+start.Format(time.TimeOnly))
	return b.err
}

func (b *bots) Skip(_ context.Context, sub string, l link.Link, start time.Time, skip bool) error {
	word := "skip "
	if !skip {
		word = "unskip "
	}
	b.told = append(b.told, word+sub+" "+l.Room()+" "+start.Format(time.TimeOnly))
	return b.err
}

func words(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}
