package notetaker_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/link"
	"callanalyst/pkg/notetaker/recall"
	"callanalyst/pkg/notetaker/recalltest"
)

const (
	token  = "local-token"
	zoom   = "https://zoom.us/j/84335626851?pwd=a"
	hookAt = "https://callanalyst.example/webhooks/recall"
)

// world is the notetaker in front of a Recall whose clock a test turns.
type world struct {
	t      *testing.T
	db     *dynamotest.DB
	recall *recalltest.Server
	desk   notetaker.Desk
	scribe *notetaker.Scribe

	mu   sync.Mutex
	time time.Time
	deaf bool // webhooks get no answer
}

func newWorld(t *testing.T, db *dynamotest.DB, script ...recalltest.Line) *world {
	t.Helper()
	w := &world{t: t, db: db, time: time.Date(2026, 11, 20, 15, 0, 30, 0, time.UTC)}
	w.reopen(recalltest.Config{Script: script})
	keys := recall.FixedKeys(recall.Secret{APIKey: recalltest.TestKey, WebhookSecrets: []string{recalltest.TestSecret}, URLToken: token})
	client := &recall.Client{Base: "https://recall.example", HTTP: &http.Client{Transport: recalltest.Transport{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.recall.ServeHTTP(rw, r) })}}, Keys: keys}
	log := slog.New(slog.DiscardHandler)
	store := notetaker.Store{DB: db.Client, Bots: db.Table("bots"), Chunks: db.Table("chunks"), Dispatches: db.Table("dispatches"), Entitlements: db.Table("entitlements")}
	w.desk = notetaker.Desk{Dispatcher: &notetaker.Dispatcher{Store: store, Recall: client, Endpoint: hookAt, Terms: consent.Required("2026-06-01"), Log: log, Now: w.now}}
	w.scribe = &notetaker.Scribe{
		Keys: keys, Chunks: &notetaker.Chunks{DB: db.Client, Table: db.Table("chunks"), Now: w.now}, Meter: notetaker.Meter{Store: store, Now: w.now},
		Transcripts: client, Heard: w.desk.Heard, Log: log, Now: w.now,
	}
	return w
}

// reopen makes Recall another one.
func (w *world) reopen(c recalltest.Config) {
	c.Now, c.HTTP = w.now, &http.Client{Transport: recalltest.Transport{Handler: w}}
	c.StatusURL, c.BaseURL = hookAt, "https://recall.example"
	w.recall = recalltest.New(c)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.time
}

// pass lets time pass, a second at a step, with everything that is due.
func (w *world) pass(d time.Duration) {
	for end := w.now().Add(d); w.now().Before(end); {
		w.mu.Lock()
		w.time = w.time.Add(time.Second)
		w.mu.Unlock()
		w.recall.Step(w.t.Context())
	}
}

// skip lets time pass while nothing is due.
func (w *world) skip(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.time = w.time.Add(d)
}

// ServeHTTP is the endpoint that Recall's webhooks come to.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if w.deaf {
		rw.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	body, _ := io.ReadAll(r.Body)
	if _, err := w.scribe.Take(r.Context(), r.Header, r.URL.Query().Get("token"), body); err != nil {
		w.t.Logf("webhook refused: %v", err)
		rw.WriteHeader(http.StatusInternalServerError)
	}
}

// user makes a user with a plan.
func (w *world) user(sub, tier string) {
	w.t.Helper()
	put(w.t, w.db, "entitlements", notetaker.Item{
		"cognito_sub": str(sub), "tos_version": str("2026-06-01"), "tier": str(tier), "status": str("active"), "entitled_until": num(w.now().AddDate(1, 0, 0).Unix()),
	})
}

func meetingAt(t *testing.T, text string) link.Link {
	t.Helper()
	l, ok := link.Recognise(text)
	if !ok {
		t.Fatalf("%q is no meeting", text)
	}
	return l
}

// wish is the wish of a calendar.
func (w *world) wish(sub, url string, start time.Time) notetaker.Wish {
	w.t.Helper()
	return notetaker.Wish{Sub: sub, Link: meetingAt(w.t, url), Start: start, Title: "Weekly", Source: notetaker.Calendar}
}

func (w *world) want(x notetaker.Wish) notetaker.Placed {
	w.t.Helper()
	p, err := w.desk.Want(w.t.Context(), x)
	if err != nil {
		w.t.Fatalf("Want: %v", err)
	}
	return p
}

// live lists the bots that are or will be in a meeting.
func (w *world) live() (out []recalltest.Bot) {
	for _, b := range w.recall.Bots() {
		if b.Live() {
			out = append(out, b)
		}
	}
	return out
}

func (w *world) liveIs(want int) {
	w.t.Helper()
	if got := w.live(); len(got) != want {
		w.t.Fatalf("%d live bots, want %d: %+v", len(got), want, got)
	}
}

func (w *world) views(sub string) []notetaker.View {
	w.t.Helper()
	store := w.desk.Store
	store.DB = w.db.Client // whatever the desk's way to it is like
	v, err := notetaker.Lister{Store: store}.List(w.t.Context(), sub)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) read(sub, botID string) notetaker.Page {
	w.t.Helper()
	r := notetaker.Reader{Rows: w.db.Client, Bots: w.db.Table("bots"), Chunks: &notetaker.Chunks{DB: w.db.Client, Table: w.db.Table("chunks"), Now: w.now}, Now: w.now}
	p, err := r.Read(w.t.Context(), sub, botID, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) row(table string, key notetaker.Item) notetaker.Item {
	w.t.Helper()
	out, err := w.db.GetItem(w.t.Context(), &dynamodb.GetItemInput{TableName: new(w.db.Table(table)), Key: key})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Item
}

func n(v types.AttributeValue) string {
	x, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return ""
	}
	return x.Value
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		return err.Error()
	}
	return f.Code
}

func texts(p notetaker.Page) string {
	var out []string
	for _, u := range p.Chunks {
		out = append(out, u.Text)
	}
	return strings.Join(out, "|")
}
