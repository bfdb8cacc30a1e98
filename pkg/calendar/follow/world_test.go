package follow_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/follow"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/calendar/poll"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/link"
	"callanalyst/pkg/notetaker/recall"
	"callanalyst/pkg/notetaker/recalltest"
)

const (
	zoom = "https://zoom.us/j/84335626851?pwd=a"
	meet = "https://meet.google.com/abc-defg-hij"
)

// errDead is what a process that has died gets from every call.
var errDead = errors.New("the process is dead")

// life counts the calls that a process makes before it dies.
type life struct {
	mu   sync.Mutex
	left int // calls; negative is for ever
}

// call makes a call of a living process. The last call is made, and its answer is
// lost.
func call[T any](l *life, make func() (T, error)) (T, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var none T
	if l.left == 0 {
		return none, errDead
	}
	got, err := make()
	if l.left--; l.left == 0 {
		return none, errDead
	}
	return got, err
}

// table is the way to DynamoDB of a process that may die.
type table struct {
	*dynamodb.Client
	life *life
}

func (d table) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	return call(d.life, func() (*dynamodb.GetItemOutput, error) { return d.Client.GetItem(ctx, in, o...) })
}

func (d table) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	return call(d.life, func() (*dynamodb.UpdateItemOutput, error) { return d.Client.UpdateItem(ctx, in, o...) })
}

func (d table) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return call(d.life, func() (*dynamodb.QueryOutput, error) { return d.Client.Query(ctx, in, o...) })
}

func (d table) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	return call(d.life, func() (*dynamodb.TransactWriteItemsOutput, error) { return d.Client.TransactWriteItems(ctx, in, o...) })
}

// Do implements the transport of a process that may die.
type wire struct {
	http.Handler
	life *life
}

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	return call(w.life, func() (*http.Response, error) { return recalltest.Transport{Handler: w.Handler}.RoundTrip(r) })
}

// world is calendars, followed, in front of a Google and a Recall whose clock a
// test turns.
type world struct {
	t        *testing.T
	db       *dynamotest.DB
	google   *googletest.Server
	recall   *recalltest.Server
	store    calendar.Store
	desk     *notetaker.Dispatcher // of a process that does not die
	follower *follow.Follower
	poller   *poll.Poller
	life     *life // of the follower's process
	ended    []string

	mu   sync.Mutex
	at   time.Time
	jobs []poll.Job
}

func newWorld(t *testing.T, db *dynamotest.DB) *world {
	t.Helper()
	w := &world{t: t, db: db, at: time.Date(2026, 11, 23, 15, 0, 30, 0, time.UTC), life: &life{left: -1}}
	w.google = googletest.New(googletest.Config{Now: w.now})
	w.recall = recalltest.New(recalltest.Config{Now: w.now, BaseURL: "https://recall.example"})
	w.store = calendar.Store{DB: db.Client, Table: db.Table("calendar_connections")}
	w.desk = w.dispatcher(db.Client, &life{left: -1})
	mine := table{db.Client, w.life}
	store := calendar.Store{DB: mine, Table: w.store.Table}
	claims := poll.Claims{DB: mine, Table: w.store.Table}
	bots := w.dispatcher(mine, w.life)
	w.follower = &follow.Follower{
		Store: store, Claims: claims, Tokens: tokens{w}, Ends: w,
		Events: &google.Events{Base: "https://google.example", HTTP: &http.Client{Transport: wire{w.google, w.life}}},
		Bots:   func(name string) follow.Bots { d := *bots; d.BotName = name; return &d },
		Chance: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler), Now: w.now,
	}
	w.poller = &poll.Poller{
		DB: mine, SQS: w, Claims: claims, Queue: "https://queue", Quota: 1_000_000, Lane: &poll.Lane{Rate: 1000},
		Log: slog.New(slog.DiscardHandler), Now: w.now,
	}
	return w
}

// dispatcher is the notetaker's, over one process's ways.
func (w *world) dispatcher(db interface {
	notetaker.Getter
	notetaker.Querier
	notetaker.Updater
	notetaker.Transactor
}, l *life) *notetaker.Dispatcher {
	keys := recall.FixedKeys(recall.Secret{APIKey: recalltest.TestKey, WebhookSecrets: []string{recalltest.TestSecret}, URLToken: "t"})
	return &notetaker.Dispatcher{
		Store: notetaker.Store{
			DB: db, Bots: w.db.Table("bots"), Chunks: w.db.Table("chunks"), Dispatches: w.db.Table("dispatches"), Entitlements: w.db.Table("entitlements"),
		},
		Recall:   &recall.Client{Base: "https://recall.example", HTTP: &http.Client{Transport: wire{w.recall, l}}, Keys: keys},
		Endpoint: "https://callanalyst.example/webhooks/recall", Terms: consent.Required("2026-06-01"), Log: slog.New(slog.DiscardHandler), Now: w.now,
	}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// pass lets time pass, with the bots that set out meanwhile.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.at = w.at.Add(d)
	w.mu.Unlock()
	w.recall.Step(w.t.Context())
}

// SendMessageBatch implements the queue: a test takes the jobs from it.
func (w *world) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range in.Entries {
		j, err := poll.Parse(*e.MessageBody)
		if err != nil {
			return nil, err
		}
		w.jobs = append(w.jobs, j)
	}
	return &sqs.SendMessageBatchOutput{}, nil
}

// tokens are access tokens as Google gives them, kept nowhere.
type tokens struct{ w *world }

func (k tokens) Token(ctx context.Context, c calendar.Connection) (string, error) {
	o := &google.OAuth{
		TokenBase: "https://google.example", HTTP: &http.Client{Transport: wire{k.w.google, k.w.life}}, Now: k.w.now,
		Keys: func(ctx context.Context, fn func(context.Context, google.Secret) error) error {
			return fn(ctx, google.Secret{ClientID: googletest.TestClientID, ClientSecret: googletest.TestClientSecret})
		},
	}
	access, _, err := o.Refresh(ctx, string(c.Refresh))
	return access, err
}

func (k tokens) Renew(ctx context.Context, c calendar.Connection) (string, error) {
	return k.Token(ctx, c)
}

// Revoked implements the end of a connection.
func (w *world) Revoked(ctx context.Context, c calendar.Connection) error {
	w.ended = append(w.ended, c.Sub)
	_, err := w.store.Retire(ctx, c, calendar.Revoked)
	return err
}

// user makes a user with a plan and a connected calendar, which joins by itself.
func (w *world) user(sub, tier string) (email string) {
	w.t.Helper()
	email = sub + "@gmail.example"
	item := calendar.Item{
		"cognito_sub": str(sub), "tos_version": str("2026-06-01"), "tier": str(tier), "status": str("active"), "entitled_until": &types.AttributeValueMemberN{Value: "4102444800"},
	}
	name := w.db.Table("entitlements")
	if _, err := w.db.PutItem(w.t.Context(), &dynamodb.PutItemInput{TableName: &name, Item: item}); err != nil {
		w.t.Fatal(err)
	}
	c := calendar.Connection{
		Sub: sub, State: calendar.Active, Email: email, Grant: "grant-" + sub, Refresh: []byte(w.google.Consent(email, google.Scope)),
		Settings: calendar.Settings{AutoJoin: true}, NextPollAt: w.now(), Version: 1,
	}
	if err := w.store.Connect(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
	return email
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// settings is the endpoint that changes connections.
func (w *world) settings() calendar.Desk {
	return calendar.Desk{
		Viewer: calendar.Viewer{
			Store: w.store, Gate: calendar.Gate{Rows: entitlement.Rows{DB: w.db.Client, Table: w.db.Table("entitlements")}, Terms: consent.Required("2026-06-01")}, Now: w.now,
		},
		Bots: w.desk,
	}
}

func (w *world) connection(sub string) calendar.Connection {
	w.t.Helper()
	c, err := w.store.Get(w.t.Context(), sub)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// sync does an operator's job for sub.
func (w *world) sync(sub string) {
	w.t.Helper()
	if err := w.follower.Sync(w.t.Context(), poll.Job{Sub: sub, Share: 720}); err != nil {
		w.t.Fatalf("Sync(%s): %v", sub, err)
	}
}

// live lists the bots that are or will be in a meeting, by room and start.
func (w *world) live() map[string][]recalltest.Bot {
	out := map[string][]recalltest.Bot{}
	for _, b := range w.recall.Bots() {
		if l, ok := link.Recognise(b.MeetingURL); ok && b.Live() {
			start := b.JoinAt
			if start.IsZero() {
				start = b.Created
			}
			key := notetaker.Key(l, start)
			out[key] = append(out[key], b)
		}
	}
	return out
}

// key is the place of a meeting.
func (w *world) key(url string, start time.Time) string {
	w.t.Helper()
	l, ok := link.Recognise(url)
	if !ok {
		w.t.Fatalf("%q is no meeting", url)
	}
	return notetaker.Key(l, start)
}
