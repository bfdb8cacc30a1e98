package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/account"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
)

func (w *world) exporter() *account.Exporter {
	return &account.Exporter{DB: w.db, Tables: w.tables(), Pool: pool{w}, Evidence: consent.Evidence{DB: w.db, Table: w.db.Table("consents")}, Now: noon}
}

// export reads Ada's whole export.
func export(t *testing.T, e *account.Exporter) (string, error) {
	t.Helper()
	body, err := e.Export(t.Context(), ada)
	if err != nil {
		return "", err
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(body)
	return string(text), err
}

func TestExportHoldsEverythingOfOnePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bot("u1", "bot-quiet", 0)
	text, err := export(t, w.exporter())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
		"exported_at": "2026-11-21T12:00:00Z", "sub": "u1",
		"sign_in": {"username": "Google_1", "status": "CONFIRMED", "created_at": "2026-11-21T12:00:00Z",
			"attributes": {"sub": "u1", "email": "u1@example.com", "email_verified": "true", "name": "Ada"}},
		"entitlement": {"cognito_sub": "u1", "tier": "pro", "stripe_customer_id": "cus_u1", "tos_version": "2026-06-01", "version": 7},
		"profile": {"cognito_sub": "u1", "email": "u1@example.com", "name": "Ada", "preferences": {"theme": "dark"}, "version": 3},
		"calendar": {"cognito_sub": "u1", "state": "connected"},
		"old_accounts": [{"email_hash": "hash-u1", "legacy_id": "old-u1", "name": "Ada", "cognito_sub": "u1"}],
		"consents": [{"tos_version": "2026-06-01", "at": "2026-11-20T12:00:00Z", "source": "sign-up", "client_id": "web"}],
		"bots": [
			{"bot": {"cognito_sub": "u1", "bot_id": "bot-quiet", "meeting_url": "https://meet.example/x"}, "transcript": []},
			{"bot": {"cognito_sub": "u1", "bot_id": "bot-u1", "meeting_url": "https://meet.example/x"}, "transcript": [
				{"seq": 1, "speaker": "Ada", "text": "words 1", "start_ms": 0}, {"seq": 2, "speaker": "Ada", "text": "words 2", "start_ms": 1}]}],
		"complete": true}`
	if diff := cmp.Diff(decoded(t, want), decoded(t, text)); diff != "" {
		t.Errorf("export (-want +got):\n%s", diff)
	}
	if strings.Contains(text, "secret") || strings.Contains(text, "u2") {
		t.Errorf("the export holds a secret, or something of somebody else: %s", text)
	}
	if !strings.HasSuffix(text, `"complete":true}`) {
		t.Errorf("the export does not end with its last member: %s", text)
	}
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestExportOfSomebodyWithNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.exporter()
	body, err := e.Export(t.Context(), account.Person{Sub: "u3", Username: "u3"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	const want = `{"exported_at":"2026-11-21T12:00:00Z","sub":"u3","entitlement":{},"old_accounts":[],"consents":[],"bots":[],"complete":true}`
	if err != nil || string(text) != want {
		t.Errorf("export = %s, %v, want %s", text, err, want)
	}
}

func TestExportRefusesBeforeItsFirstByte(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("entitlements", item{"cognito_sub": s("u1"), "disabled": yes()})
	if _, err := export(t, w.exporter()); !errors.Is(err, entitlement.ErrDisabled) {
		t.Errorf("a locked account's export = %v, want ErrDisabled", err)
	}
	e := w.exporter()
	e.DB = cut{w.db.Client, "entitlements"}
	if _, err := export(t, e); !errors.Is(err, account.ErrUnavailable) {
		t.Errorf("with entitlements down = %v, want ErrUnavailable", err)
	}
}

// cut is a database that loses the tables of one name.
type cut struct {
	*dynamodb.Client
	table string
}

func (c cut) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if strings.HasSuffix(*in.TableName, c.table) {
		return nil, errDown
	}
	return c.Client.GetItem(ctx, in, o...)
}

func (c cut) Query(ctx context.Context, in *dynamodb.QueryInput, o ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if strings.HasSuffix(*in.TableName, c.table) {
		return nil, errDown
	}
	return c.Client.Query(ctx, in, o...)
}

// TestACutOffExportIsNoDocument loses each source in turn: whatever came out must
// not pass for a whole export.
func TestACutOffExportIsNoDocument(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, table := range []string{"profiles", "calendar_connections", "legacy_users", "bots", "chunks"} {
		e := w.exporter()
		e.DB = cut{w.db.Client, table}
		text, err := export(t, e)
		if !errors.Is(err, account.ErrUnavailable) || json.Valid([]byte(text)) {
			t.Errorf("without %s: %v after %s, want ErrUnavailable and no whole document", table, err, text)
		}
	}
	e := w.exporter()
	e.Evidence = consent.Evidence{DB: cut{w.db.Client, "consents"}, Table: w.db.Table("consents")}
	if text, err := export(t, e); !errors.Is(err, consent.ErrUnavailable) || json.Valid([]byte(text)) {
		t.Errorf("without consents: %v after %s", err, text)
	}
	w.fail("find", errDown)
	if text, err := export(t, w.exporter()); !errors.Is(err, errDown) || text != "" {
		t.Errorf("without the pool: %v after %s", err, text)
	}
}

// TestAReaderWhoLeavesStopsTheExport closes the export in the middle: its writer
// must not wait for ever.
func TestAReaderWhoLeavesStopsTheExport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.exporter()
	finds := make(chan struct{})
	e.Pool = told{pool{w}, finds}
	body, err := e.Export(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	<-finds
	if err := body.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := body.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("reading on = %v, want ErrClosedPipe", err)
	}
}

// told is a pool that tells when it was asked.
type told struct {
	pool
	asked chan struct{}
}

func (p told) Find(ctx context.Context, who account.Person) (account.SignIn, bool, error) {
	defer close(p.asked)
	return p.pool.Find(ctx, who)
}

// TestExportOfEveryKindOfValue has a row with all that DynamoDB can hold.
func TestExportOfEveryKindOfValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.put("profiles", item{
		"cognito_sub": s("u1"), "number": &types.AttributeValueMemberN{Value: "12345678901234567890.5"}, "yes": yes(), "none": &types.AttributeValueMemberNULL{Value: true},
		"list":  &types.AttributeValueMemberL{Value: []types.AttributeValue{s("<a>"), n(1), &types.AttributeValueMemberB{Value: []byte("x")}}},
		"map":   &types.AttributeValueMemberM{Value: item{"inner": s("x"), "refresh_token": s("secret")}},
		"texts": &types.AttributeValueMemberSS{Value: []string{"a"}}, "numbers": &types.AttributeValueMemberNS{Value: []string{"1"}},
		"object": s(`{"a":1}`), "brace": s(`{not json`), "bytes": &types.AttributeValueMemberB{Value: []byte("secret")},
	})
	text, err := export(t, w.exporter())
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Profile json.RawMessage }
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	const want = `{"brace":"{not json","cognito_sub":"u1","list":["\u003ca\u003e",1],"map":{"inner":"x"},"none":null,"number":12345678901234567890.5,` +
		`"numbers":["1"],"object":{"a":1},"texts":["a"],"yes":true}`
	if string(got.Profile) != want {
		t.Errorf("profile = %s\nwant      %s", got.Profile, want)
	}
}
