package consent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Record is one piece of evidence: that a user accepted one version of the terms,
// or chose cookies, when and through what.
type Record struct {
	Version   string    `json:"tos_version,omitempty"` // "" for a choice about cookies
	Cookies   *Cookies  `json:"cookies,omitempty"`     // nil for terms
	At        time.Time `json:"at"`
	Source    Source    `json:"source"`
	ClientID  string    `json:"client_id"`
	AgentHash string    `json:"agent_hash,omitempty"`
}

// Evidence reads what is on record. It is safe for concurrent use.
type Evidence struct {
	DB interface {
		Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	}
	Table string // the real name of consents
}

// Of returns the records of a user, cookies before terms, each from the oldest
// to the newest.
func (e Evidence) Of(ctx context.Context, sub string) ([]Record, error) {
	all := []Record{}
	in := &dynamodb.QueryInput{
		TableName: &e.Table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String(attrSub + " = :sub"),
		ExpressionAttributeValues: item{":sub": str(sub)},
	}
	for pages := dynamodb.NewQueryPaginator(e.DB, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, ErrUnavailable.With(fmt.Errorf("consent: read evidence of %s: %w", sub, err))
		}
		for _, it := range page.Items {
			r, err := recordOf(it)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
	}
	return all, nil
}

// recordOf reads an item that records made.
func recordOf(it item) (Record, error) {
	at, err := time.Parse(timeForm, text(it[attrAt]))
	if err != nil {
		return Record{}, fmt.Errorf("consent: evidence %s of %s has accepted_at %q", text(it[attrKind]), text(it[attrSub]), text(it[attrAt]))
	}
	r := Record{At: at, Source: Source(text(it[attrSource])), ClientID: text(it[attrClient]), AgentHash: text(it[attrAgent])}
	if strings.HasPrefix(text(it[attrKind]), kindCookies) {
		r.Cookies = &Cookies{Analytics: yes(it[attrAnalytics]), Marketing: yes(it[attrMarketing])}
		return r, nil
	}
	r.Version = text(it[attrVersion])
	return r, nil
}
