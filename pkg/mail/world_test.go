package mail_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/mail/suppress"
)

const (
	reader = "ada@example.com"
	pool   = "us-east-2_Pool00001"
	secret = "123456"
)

// world is an outbox over SES's stand-in and a real DynamoDB engine.
type world struct {
	ses    *awstest.SES
	db     *database
	clock  *clock
	log    *record
	sender *mail.Sender
	outbox *mail.Outbox
	pages  *mail.Pages
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{clock: &clock{t: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}, log: &record{}, pages: newPages(t)}
	w.ses = awstest.NewSES(awstest.Config{Now: w.clock.Now})
	w.sender = newSender(t, w.ses)
	engine := dynamotest.New(t)
	w.db = &database{Client: engine.Client}
	w.outbox = &mail.Outbox{
		Claims:       &mail.Claims{DB: w.db, Table: engine.Table("mails"), Now: w.clock.Now},
		Suppressions: &mail.Suppressions{DB: w.db, Table: engine.Table("suppressions")},
		Sender:       w.sender,
		Log:          slog.New(slog.NewJSONHandler(w.log, nil)),
	}
	t.Cleanup(func() { w.log.scan(t) })
	return w
}

// newSender returns a sender whose account has the identity and both sets.
func newSender(t *testing.T, ses *awstest.SES) *mail.Sender {
	t.Helper()
	server := httptest.NewServer(ses)
	t.Cleanup(server.Close)
	if _, err := ses.CreateEmailIdentity(t.Context(), awstest.IdentityRef{EmailIdentity: "callanalyst.app"}); err != nil {
		t.Fatal(err)
	}
	for _, set := range []string{"auth", "product"} {
		if err := ses.CreateConfigurationSet(t.Context(), awstest.ConfigurationSetRef{ConfigurationSetName: set}); err != nil {
			t.Fatal(err)
		}
	}
	return &mail.Sender{
		SES: sesv2.New(sesv2.Options{
			Region: "us-east-2", BaseEndpoint: aws.String(server.URL), HTTPClient: server.Client(), RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		}),
		From: "Call Analyst <hello@callanalyst.app>", ReplyTo: "support@callanalyst.app", AuthSet: "auth", ProductSet: "product",
	}
}

// envelope is a mail to the reader that is kept for an hour.
func envelope(category mail.Category) mail.Envelope {
	return mail.Envelope{ID: "code#1", To: reader, Category: category, Keep: time.Hour}
}

// deliver sends the envelope with a fixed page.
func (w *world) deliver(ctx context.Context, e mail.Envelope) (mail.Outcome, error) {
	return w.outbox.Deliver(ctx, e, page)
}

func page(context.Context) (mail.Page, string, error) {
	return mail.Page{Subject: "Hello", HTML: "<p>" + secret + "</p>", Text: secret}, "sign-up", nil
}

// row returns the mail's row, without the parts that depend on nothing tested.
func (w *world) row(t *testing.T, id string) map[string]types.AttributeValue {
	t.Helper()
	out, err := w.db.Client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &w.outbox.Claims.Table, Key: map[string]types.AttributeValue{"mail_id": &types.AttributeValueMemberS{Value: id}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

// suppress puts an address on our list.
func (w *world) suppress(t *testing.T, address string, reason suppress.Reason) {
	t.Helper()
	_, err := w.db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: &w.outbox.Suppressions.(*mail.Suppressions).Table,
		Item: map[string]types.AttributeValue{
			"email_hash": &types.AttributeValueMemberS{Value: mail.AddressHash(address)},
			"reason":     &types.AttributeValueMemberS{Value: string(reason)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// errDown is what a broken table answers.
var errDown = errors.New("table is down")

// database is DynamoDB with calls that can be made to fail.
type database struct {
	*dynamodb.Client
	mu                sync.Mutex
	put, update, read error
}

// breakOn makes calls fail: nil lets them through.
func (d *database) breakOn(put, update, read error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put, d.update, d.read = put, update, read
}

func (d *database) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if err := d.broken(&d.put); err != nil {
		return nil, err
	}
	return d.Client.PutItem(ctx, in, o...)
}

func (d *database) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if err := d.broken(&d.update); err != nil {
		return nil, err
	}
	return d.Client.UpdateItem(ctx, in, o...)
}

func (d *database) GetItem(ctx context.Context, in *dynamodb.GetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if err := d.broken(&d.read); err != nil {
		return nil, err
	}
	return d.Client.GetItem(ctx, in, o...)
}

func (d *database) broken(which *error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return *which
}

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// record keeps what is logged.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// scan fails the test if the log tells what it must not.
func (r *record) scan(t *testing.T) {
	t.Helper()
	for _, no := range []string{secret, reader, "ada@", "AYAD", "Tmp-Passw0rd", "Hello"} {
		if strings.Contains(r.String(), no) {
			t.Errorf("the log tells %q:\n%s", no, r)
		}
	}
}
