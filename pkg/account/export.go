package account

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
)

// Exporter gives a person everything that we hold of them. It asks for no terms:
// whoever does not accept new ones can still leave with their data. It is safe for
// concurrent use.
type Exporter struct {
	DB     readDB
	Tables Tables
	Pool   interface {
		Find(ctx context.Context, p Person) (SignIn, bool, error)
	}
	Evidence interface {
		Of(ctx context.Context, sub string) ([]consent.Record, error)
	}
	Now func() time.Time
}

// Export returns one JSON object, which is made while it is read; close it. Its
// last member, complete, is true: a document without it was cut off. Whatever can
// be refused is refused before the first byte.
func (e *Exporter) Export(ctx context.Context, p Person) (io.ReadCloser, error) {
	row, err := one(ctx, e.DB, e.Tables.Entitlements, keySub, p.Sub)
	if err != nil {
		return nil, err
	}
	if entitlement.RowOf(p.Sub, row).Disabled {
		return nil, entitlement.ErrDisabled
	}
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(e.write(ctx, &scribe{out: w}, p, row)) }()
	return r, nil
}

// write writes the whole document.
func (e *Exporter) write(ctx context.Context, s *scribe, p Person, row item) error {
	signIn, ok, err := e.Pool.Find(ctx, p)
	if err != nil {
		return err
	}
	s.begin('{')
	s.member("exported_at", e.Now().UTC().Truncate(time.Second))
	s.member("sub", p.Sub)
	if ok {
		s.member("sign_in", signIn)
	}
	s.member("entitlement", plain(row))
	for _, part := range []struct{ name, table string }{{"profile", e.Tables.Profiles}, {"calendar", e.Tables.Connections}} {
		it, err := one(ctx, e.DB, part.table, keySub, p.Sub)
		if err != nil {
			return err
		}
		if it != nil {
			s.member(part.name, plain(it))
		}
	}
	if err := e.old(ctx, s, p.Sub); err != nil {
		return err
	}
	records, err := e.Evidence.Of(ctx, p.Sub)
	if err != nil {
		return err
	}
	s.member("consents", records)
	if err := e.bots(ctx, s, p.Sub); err != nil {
		return err
	}
	s.member("complete", true)
	s.end('}')
	return s.err
}

// old writes what came over from the old system for the user: mostly one row, or
// none. The table's index has only its keys.
func (e *Exporter) old(ctx context.Context, s *scribe, sub string) error {
	s.name("old_accounts")
	s.begin('[')
	for key, err := range query(ctx, e.DB, &dynamodb.QueryInput{
		TableName: &e.Tables.Legacy, IndexName: aws.String(keySub), KeyConditionExpression: aws.String("cognito_sub = :sub"),
		ExpressionAttributeValues: item{":sub": text(sub)},
	}) {
		if err != nil {
			return err
		}
		row, err := one(ctx, e.DB, e.Tables.Legacy, keyHash, textOf(key[keyHash]))
		if err != nil {
			return err
		}
		s.element()
		s.value(plain(row))
	}
	s.end(']')
	return s.err
}

// bots writes each bot with what was said in its meeting.
func (e *Exporter) bots(ctx context.Context, s *scribe, sub string) error {
	s.name("bots")
	s.begin('[')
	for bot, err := range all(ctx, e.DB, e.Tables.Bots, keySub, sub) {
		if err != nil {
			return err
		}
		s.element()
		s.begin('{')
		s.member("bot", plain(bot))
		if err := e.transcript(ctx, s, textOf(bot[keyBot])); err != nil {
			return err
		}
		s.end('}')
	}
	s.end(']')
	return s.err
}

// transcript writes what was said. Other rows of a bot are its books, and say
// nothing.
func (e *Exporter) transcript(ctx context.Context, s *scribe, botID string) error {
	s.name("transcript")
	s.begin('[')
	for chunk, err := range all(ctx, e.DB, e.Tables.Chunks, keyBot, botID) {
		if err != nil {
			return err
		}
		if _, said := chunk["text"]; !said {
			continue
		}
		delete(chunk, keyBot)
		delete(chunk, "ttl")
		s.element()
		s.value(plain(chunk))
	}
	s.end(']')
	return s.err
}
