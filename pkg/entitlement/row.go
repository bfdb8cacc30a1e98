package entitlement

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Row is a user's row in the table entitlements. The zero Row, but for its Sub,
// is a user who has no row yet: free, nothing used, terms not accepted.
type Row struct {
	Sub        string
	CustomerID string // the user's Stripe customer; "" until there is one
	Version    int64  // grows with every change of link or entitlement
	Entitlement
	Usage      Usage
	TOSVersion string // the terms accepted last; written by pkg/consent
	Disabled   bool   // locked out by an operator
	UpdatedAt  time.Time
}

// Usage is what was used in a month. Months other than the current one count as
// nothing used.
type Usage struct {
	Period         string `json:"period"` // "2026-11"
	AskUsed        int    `json:"ask_used"`
	BotSecondsUsed int    `json:"bot_seconds_used"`
}

// Period returns the usage period that t falls into: its month in UTC.
func Period(t time.Time) string { return t.UTC().Format("2006-01") }

// At returns the usage in the period of now.
func (u Usage) At(now time.Time) Usage {
	if p := Period(now); u.Period != p {
		return Usage{Period: p}
	}
	return u
}

// Holds returns the tier that the row gives at now: the stored one until it
// runs out, Free afterwards. It is the check of the hot path.
func (r Row) Holds(now time.Time) Tier {
	if r.Tier.Rank() == 0 || !now.Before(r.EntitledUntil) {
		return Free
	}
	return r.Tier
}

// The attributes of a row. Other packages own tos_version and disabled; usage
// is counted by pkg/ask and pkg/notetaker.
const (
	attrSub        = "cognito_sub"
	attrCustomer   = "stripe_customer_id"
	attrVersion    = "version"
	attrTier       = "tier"
	attrStatus     = "status"
	attrStripeSub  = "stripe_sub_id"
	attrPeriodEnd  = "current_period_end"
	attrCancelAt   = "cancel_at"
	attrGrace      = "grace_until"
	attrUntil      = "entitled_until"
	attrAskLimit   = "ask_limit"
	attrUsage      = "usage_period"
	attrAskUsed    = "ask_used"
	attrBotSeconds = "bot_seconds_used"
	attrTOS        = "tos_version"
	attrDisabled   = "disabled"
	attrUpdated    = "updated_at"
)

// Item is a row as DynamoDB holds it. Times are numbers of Unix seconds.
type Item = map[string]types.AttributeValue

// RowOf decodes a row. Attributes that are absent or of another type are zero,
// except disabled: whatever stands there locks, unless it says no.
func RowOf(sub string, it Item) Row {
	r := Row{
		Sub: sub, CustomerID: text(it[attrCustomer]), Version: number(it[attrVersion]),
		Entitlement: Entitlement{
			Tier: PlanOf(Tier(text(it[attrTier]))).Tier, Status: Status(text(it[attrStatus])), SubscriptionID: text(it[attrStripeSub]),
			CurrentPeriodEnd: moment(it[attrPeriodEnd]), CancelAt: moment(it[attrCancelAt]),
			GraceUntil: moment(it[attrGrace]), EntitledUntil: moment(it[attrUntil]),
		},
		Usage:      Usage{Period: text(it[attrUsage]), AskUsed: int(number(it[attrAskUsed])), BotSecondsUsed: int(number(it[attrBotSeconds]))},
		TOSVersion: text(it[attrTOS]), Disabled: locked(it[attrDisabled]), UpdatedAt: moment(it[attrUpdated]),
	}
	if r.Status == "" {
		r.Status = None
	}
	return r
}

func text(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func number(v types.AttributeValue) int64 {
	s, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	n, err := strconv.ParseInt(s.Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func moment(v types.AttributeValue) time.Time {
	n := number(v)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

func locked(v types.AttributeValue) bool {
	b, ok := v.(*types.AttributeValueMemberBOOL)
	return v != nil && (!ok || b.Value)
}
