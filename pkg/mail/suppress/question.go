package suppress

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/fault"
)

// ErrTooMany reports more questions from one network than a person has.
var ErrTooMany = fault.New(fault.Exhausted, "RATE_LIMITED", "That was asked too often from your network. Wait a minute, then try again.")

// Limit is how many questions one network may ask in a minute.
const Limit = 20

// window is the time in which questions are counted together.
const window = time.Minute

// Question answers whether mail to an address arrives. Anybody may ask it, so it
// says nothing else: not whether there is an account, nor ever was. It is safe for
// concurrent use.
type Question struct {
	Reachable Reachable
	Counts    interface {
		Count(ctx context.Context, asker netip.Addr) error
	}
	Log *slog.Logger
}

// Ask returns ErrUndeliverable for an address whose mail comes back, ErrTooMany for
// an asker who has asked enough, and nil for everything else, whatever the address
// is. Both look-ups are made for every question, side by side, so that how long it
// takes tells nothing. A count that cannot be made stops nobody.
func (q Question) Ask(ctx context.Context, asker netip.Addr, address string) error {
	var unreachable error
	var wg sync.WaitGroup
	wg.Go(func() { unreachable = q.Reachable.Check(ctx, address) })
	err := q.Counts.Count(ctx, asker)
	wg.Wait()
	if errors.Is(err, ErrTooMany) {
		return err
	}
	if err != nil {
		q.Log.WarnContext(ctx, "question not counted, going on", "error", err)
	}
	return unreachable
}

// Counts counts questions in the table mails: key mail_id, asked# and a hash
// of the network and the minute; n; ttl in Unix seconds. It keeps no address of anybody.
type Counts struct {
	// DB is the one call of *dynamodb.Client that is used.
	DB interface {
		UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	}
	Table string // the real name of mails
	Now   func() time.Time
}

// Count counts one question, and is ErrTooMany when there were Limit of them from
// the asker's network in this minute.
func (c Counts) Count(ctx context.Context, asker netip.Addr) error {
	now := c.Now()
	minute := now.Truncate(window)
	_, err := c.DB.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &c.Table,
		Key: map[string]types.AttributeValue{
			"mail_id": str("asked#" + Hash(network(asker)+" "+minute.UTC().Format(time.RFC3339))),
		},
		UpdateExpression:         aws.String("SET n = if_not_exists(n, :zero) + :one, #ttl = :ttl"),
		ConditionExpression:      aws.String("attribute_not_exists(n) OR n < :limit"),
		ExpressionAttributeNames: map[string]string{"#ttl": "ttl"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":zero": num(0), ":one": num(1), ":limit": num(Limit), ":ttl": num(minute.Add(2 * window).Unix()),
		},
	})
	var full *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &full):
		return ErrTooMany.After(minute.Add(window).Sub(now))
	case err != nil:
		return fmt.Errorf("suppress: count a question: %w", err)
	}
	return nil
}

// network is what counts as one asker: the address, and of IPv6 the half that a
// household is given whole.
func network(a netip.Addr) string {
	a = a.Unmap()
	if !a.Is6() {
		return a.String()
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a.String()
	}
	return p.String()
}
