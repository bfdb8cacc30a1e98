package consent

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// item is an item, or a part of one, as DynamoDB has it.
type item = map[string]types.AttributeValue

// The attributes of the table consents. tos_version has the same name in the
// table entitlements.
const (
	attrSub       = "cognito_sub"  // hash key: a user's sub, or PENDING#<user name>
	attrKind      = "kind_version" // range key: tos#<version>, cookies#<time>, or pending
	attrVersion   = "tos_version"
	attrAt        = "accepted_at"
	attrClient    = "client_id"
	attrSource    = "source"
	attrAgent     = "agent_hash" // absent where the browser is not known
	attrAnalytics = "analytics"
	attrMarketing = "marketing"
	attrTTL       = "ttl" // Unix seconds; only acceptances that wait have it
)

// The kinds of evidence, as the range key begins.
const (
	kindTerms   = "tos#"     // then the version
	kindCookies = "cookies#" // then the time
)

// timeForm has a fixed width, so that times compare as text and a key made of
// one is the same in every run.
const timeForm = "2006-01-02T15:04:05.000Z"

// waitingKey is the key of the acceptance that waits under the user name. There
// is one, whatever its version, so that it can be read without knowing that.
func waitingKey(username string) item {
	return item{attrSub: str("PENDING#" + username), attrKind: str("pending")}
}

// waitingItem is the acceptance of a user who has no sub yet.
func waitingItem(username string, a Acceptance) item {
	it := waitingKey(username)
	it[attrVersion] = str(a.Version)
	it[attrTTL] = seconds(a.At.Add(waiting))
	describe(it, a)
	if a.Cookies != nil {
		choose(it, *a.Cookies)
	}
	return it
}

// records are the evidence of one acceptance, in one item for each thing that
// was agreed to. Their keys follow from the acceptance alone.
func records(sub string, a Acceptance) []item {
	var out []item
	if a.Version != "" {
		terms := item{attrSub: str(sub), attrKind: str(kindTerms + a.Version), attrVersion: str(a.Version)}
		describe(terms, a)
		out = append(out, terms)
	}
	if a.Cookies != nil {
		choice := item{attrSub: str(sub), attrKind: str(kindCookies + a.At.UTC().Format(timeForm))}
		describe(choice, a)
		choose(choice, *a.Cookies)
		out = append(out, choice)
	}
	return out
}

// describe adds when, how and through whom.
func describe(it item, a Acceptance) {
	it[attrAt] = str(a.At.UTC().Format(timeForm))
	it[attrSource] = str(string(a.Source))
	it[attrClient] = str(a.ClientID)
	if a.Agent != "" {
		it[attrAgent] = str(a.Agent)
	}
}

func choose(it item, c Cookies) {
	it[attrAnalytics] = &types.AttributeValueMemberBOOL{Value: c.Analytics}
	it[attrMarketing] = &types.AttributeValueMemberBOOL{Value: c.Marketing}
}

// acceptanceOf reads an item that waitingItem made.
func acceptanceOf(it item) (Acceptance, error) {
	at, err := time.Parse(timeForm, text(it[attrAt]))
	if err != nil || !isDate(text(it[attrVersion])) {
		return Acceptance{}, fmt.Errorf("consent: item has accepted_at %q and tos_version %q", text(it[attrAt]), text(it[attrVersion]))
	}
	a := Acceptance{Version: text(it[attrVersion]), At: at, ClientID: text(it[attrClient]), Source: Source(text(it[attrSource]))}
	if _, asked := it[attrAnalytics]; asked {
		a.Cookies = &Cookies{Analytics: yes(it[attrAnalytics]), Marketing: yes(it[attrMarketing])}
	}
	return a, nil
}

// expiry returns when the item ceases to count.
func expiry(it item) time.Time {
	n, ok := it[attrTTL].(*types.AttributeValueMemberN)
	if !ok {
		return time.Time{}
	}
	s, _ := strconv.ParseInt(n.Value, 10, 64)
	return time.Unix(s, 0)
}

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func seconds(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

// text returns a string attribute, "" when it is absent or no string.
func text(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func yes(v types.AttributeValue) bool {
	b, ok := v.(*types.AttributeValueMemberBOOL)
	return ok && b.Value
}
