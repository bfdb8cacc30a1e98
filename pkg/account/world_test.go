package account_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/account"
	"callanalyst/pkg/boot/dynamotest"
)

var (
	ada = account.Person{Sub: "u1", Username: "Google_1"}
	eve = account.Person{Sub: "u2", Username: "u2"}
)

func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

type item = map[string]types.AttributeValue

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v int) types.AttributeValue    { return &types.AttributeValueMemberN{Value: fmt.Sprint(v)} }
func yes() types.AttributeValue       { return &types.AttributeValueMemberBOOL{Value: true} }

// world is a real table engine in which Ada and Eve have something everywhere,
// and a party for everything else that an account touches. A step can be made to
// fail; every step is written down.
type world struct {
	t  *testing.T
	db *dynamotest.DB

	mu     sync.Mutex
	users  map[string]account.SignIn // by user name
	steps  []string
	broken map[string]error // by the step's first word
	queued []string         // the subs whose deletions are looked after
	life   int              // calls until everything stops; 0 for ever
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: dynamotest.New(t), broken: map[string]error{}, users: map[string]account.SignIn{}}
	for _, p := range []account.Person{ada, eve} {
		w.users[p.Username] = account.SignIn{Username: p.Username, Status: "CONFIRMED", CreatedAt: noon(), Attributes: map[string]string{
			"sub": p.Sub, "email": p.Sub + "@example.com", "email_verified": "true", "name": "Ada",
		}}
		w.put("entitlements", item{"cognito_sub": s(p.Sub), "tier": s("pro"), "stripe_customer_id": s("cus_" + p.Sub), "tos_version": s("2026-06-01"), "version": n(7)})
		w.put("profiles", item{"cognito_sub": s(p.Sub), "email": s(p.Sub + "@example.com"), "name": s("Ada"), "preferences": s(`{"theme":"dark"}`), "version": n(3)})
		w.put("consents", item{"cognito_sub": s(p.Sub), "kind_version": s("tos#2026-06-01"), "tos_version": s("2026-06-01"), "accepted_at": s("2026-11-20T12:00:00.000Z"), "source": s("sign-up"), "client_id": s("web")})
		w.put("calendar_connections", item{"cognito_sub": s(p.Sub), "state": s("connected"), "refresh_token": s("1//secret"), "sealed": &types.AttributeValueMemberB{Value: []byte("secret")}})
		w.put("legacy_users", item{"email_hash": s("hash-" + p.Sub), "legacy_id": s("old-" + p.Sub), "name": s("Ada"), "cognito_sub": s(p.Sub)})
		w.bot(p.Sub, "bot-"+p.Sub, 2)
	}
	return w
}

// bot gives a user a bot with some chunks, and the books that a bot has.
func (w *world) bot(sub, id string, chunks int) {
	w.put("bots", item{"cognito_sub": s(sub), "bot_id": s(id), "meeting_url": s("https://meet.example/x")})
	w.put("chunks", item{"bot_id": s(id), "seq": n(0), "last": n(chunks)})
	w.put("chunks", item{"bot_id": s(id), "seq": n(-77), "ttl": n(9)})
	for i := range chunks {
		w.put("chunks", item{"bot_id": s(id), "seq": n(i + 1), "speaker": s("Ada"), "text": s(fmt.Sprintf("words %d", i+1)), "start_ms": n(i), "ttl": n(9)})
	}
}

func (w *world) put(table string, it item) {
	w.t.Helper()
	if _, err := w.db.PutItem(w.t.Context(), &dynamodb.PutItemInput{TableName: aws.String(w.db.Table(table)), Item: it}); err != nil {
		w.t.Fatal(err)
	}
}

// rows counts what is left under a key.
func (w *world) rows(table, key, value string) int {
	w.t.Helper()
	out, err := w.db.Query(w.t.Context(), &dynamodb.QueryInput{
		TableName: aws.String(w.db.Table(table)), KeyConditionExpression: aws.String("#k = :v"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeNames: map[string]string{"#k": key}, ExpressionAttributeValues: item{":v": s(value)},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(out.Items)
}

// row is a user's row in entitlements.
func (w *world) row(sub string) item {
	w.t.Helper()
	out, err := w.db.GetItem(w.t.Context(), &dynamodb.GetItemInput{TableName: aws.String(w.db.Table("entitlements")), Key: item{"cognito_sub": s(sub)}})
	if err != nil {
		w.t.Fatal(err)
	}
	return out.Item
}

func (w *world) tables() account.Tables {
	return account.Tables{
		Entitlements: w.db.Table("entitlements"), Profiles: w.db.Table("profiles"), Consents: w.db.Table("consents"),
		Bots: w.db.Table("bots"), Chunks: w.db.Table("chunks"), Connections: w.db.Table("calendar_connections"),
		Legacy: w.db.Table("legacy_users"),
	}
}

var errDown = errors.New("down")

// step writes down what is done, and fails where that is wanted.
func (w *world) step(format string, args ...any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	line := fmt.Sprintf(format, args...)
	word, _, _ := strings.Cut(line, " ")
	if err := w.broken[word]; err != nil {
		return err
	}
	if w.aged() {
		return errKilled
	}
	w.steps = append(w.steps, line)
	return nil
}

// fail has the steps of that first word fail from now on; nil mends them.
func (w *world) fail(word string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken[word] = err
}

// pool is the world's user pool.
type pool struct{ *world }

func (p pool) Find(_ context.Context, who account.Person) (account.SignIn, bool, error) {
	if err := p.step("find %s", who.Username); err != nil {
		return account.SignIn{}, false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	u, ok := p.users[who.Username]
	return u, ok && u.Attributes["sub"] == who.Sub, nil
}

func (p pool) SignOut(_ context.Context, username string) error {
	return p.step("signout %s", username)
}

func (p pool) Delete(_ context.Context, username string) error {
	if err := p.step("delete %s", username); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.users, username)
	return nil
}
