package migration_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabase"
	"callanalyst/pkg/migration/supabasetest"
)

const (
	email    = "legacy@example.com"
	password = "Legacy-Passw0rd-1!"
)

func now() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

func past() time.Time { return now().AddDate(-1, 0, 0) }

// world is the old system and our own table, both real enough.
type world struct {
	old  *supabasetest.Server
	db   *dynamotest.DB
	log  *journal
	door *migration.Door
	rows migration.Rows
}

func newWorld(t *testing.T, cfg supabasetest.Config) *world {
	t.Helper()
	cfg.Now = now
	w := &world{old: supabasetest.New(cfg), db: dynamotest.New(t), log: &journal{}}
	server := httptest.NewServer(w.old)
	t.Cleanup(server.Close)
	w.rows = migration.Rows{DB: w.db, Table: w.db.Table("legacy_users"), Now: now}
	w.door = &migration.Door{
		Supabase: w.client(server.URL, server.Client()), Rows: w.rows,
		Log: slog.New(slog.NewJSONHandler(w.log, nil)), Now: now,
	}
	return w
}

func (w *world) client(url string, c *http.Client) *supabase.Client {
	return &supabase.Client{HTTP: c, Base: url, Secret: func(ctx context.Context, call func(context.Context, supabase.Secret) error) error {
		return call(ctx, supabase.Secret{PublishableKey: "p", SecretKey: "s"})
	}}
}

// row returns the address's row as plain texts, without times.
func (w *world) row(t *testing.T, address string) map[string]string {
	t.Helper()
	out, err := w.db.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(w.db.Table("legacy_users")), ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"email_hash": &types.AttributeValueMemberS{Value: migration.Hash(address)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	row := map[string]string{}
	for name, v := range out.Item {
		if s, ok := v.(*types.AttributeValueMemberS); ok && name != "email_hash" {
			row[name] = s.Value
		}
	}
	return row
}

// remember puts a row there as a snapshot does.
func (w *world) remember(t *testing.T, address string, l migration.Legacy) {
	t.Helper()
	if _, err := w.rows.Remember(t.Context(), address, l); err != nil {
		t.Fatal(err)
	}
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// silent demands that nothing logged names the person, the password or a token.
func (j *journal) silent(t *testing.T) {
	t.Helper()
	for _, secret := range []string{"legacy@", "example.com", "Passw0rd", "eyJ", "Lee"} {
		if strings.Contains(j.String(), secret) {
			t.Errorf("log names %q:\n%s", secret, j)
		}
	}
}
