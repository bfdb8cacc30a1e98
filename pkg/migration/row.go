package migration

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// Legacy is one user of the old system: a row of the table legacy_users.
type Legacy struct {
	ID          string // in Supabase
	Name        string
	Confirmed   bool      // the address was shown to be theirs
	BannedUntil time.Time // zero for never
	CustomerID  string    // in Stripe; "" if they never paid
	Tier        entitlement.Tier
	Sub         string // of the pool's user who has claimed the row; "" while it waits
	// Left is set for one whose account was deleted here. Nothing else is known of
	// them then, and the old system lets them in no more.
	Left bool
}

// Waits reports whether somebody may still come for the row: nobody else may
// sign up with its address until then. A banned user waits too, or a ban could
// be shaken off.
func (l Legacy) Waits() bool { return l.ID != "" && l.Confirmed && l.Sub == "" && !l.Left }

// Banned reports whether the old system has locked the user at now.
func (l Legacy) Banned(now time.Time) bool { return l.BannedUntil.After(now) }

// The attributes of a row.
const (
	attrHash      = "email_hash" // hash key
	attrID        = "legacy_id"  // hash key of the index of that name
	attrName      = "name"
	attrConfirmed = "confirmed"
	attrBanned    = "banned_until" // Unix seconds
	attrCustomer  = "stripe_customer_id"
	attrTier      = "tier"
	attrSub       = "cognito_sub" // hash key of the index of that name
	attrProved    = "proved_at"   // when the old password was shown, Unix seconds
	attrClaimed   = "claimed_at"
	attrLeft      = "left_at" // when the account here was deleted, Unix seconds
)

type item = map[string]types.AttributeValue

func legacyOf(it item) Legacy {
	l := Legacy{
		ID: textOf(it[attrID]), Name: textOf(it[attrName]), CustomerID: textOf(it[attrCustomer]),
		Tier: entitlement.Tier(textOf(it[attrTier])), Sub: textOf(it[attrSub]), Left: it[attrLeft] != nil,
	}
	if b, ok := it[attrConfirmed].(*types.AttributeValueMemberBOOL); ok {
		l.Confirmed = b.Value
	}
	if n, ok := it[attrBanned].(*types.AttributeValueMemberN); ok {
		if s, err := strconv.ParseInt(n.Value, 10, 64); err == nil && s != 0 {
			l.BannedUntil = time.Unix(s, 0).UTC()
		}
	}
	return l
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func flag(b bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: b} }

func seconds(t time.Time) types.AttributeValue {
	if t.IsZero() {
		return &types.AttributeValueMemberN{Value: "0"}
	}
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}
