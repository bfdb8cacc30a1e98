package ask

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/entitlement"
)

// admission are the conditions under which a row's owner may ask at all.
const admission = "tos_version >= :terms AND (attribute_not_exists(disabled) OR disabled = :no)"

// input writes the attempt as one conditional update.
func (l *Ledger) input(u update) *dynamodb.UpdateItemInput {
	conditions := []string{admission, "(attribute_not_exists(#slot) OR #slot < :free)"}
	sets := []string{"#slot = :lease", "usage_period = :period"}
	values := entitlement.Item{
		":terms": text(l.TermsVersion), ":no": &types.AttributeValueMemberBOOL{},
		":free": text(leaseFrom(u.now)), ":lease": text(l.lease(u)),
		":period": text(entitlement.Period(u.now)), ":one": number(1),
	}
	add := func(condition, set string, more entitlement.Item) {
		conditions, sets = append(conditions, condition), append(sets, set)
		for k, v := range more {
			values[k] = v
		}
	}
	switch {
	case u.rolls && u.old == "":
		add("attribute_not_exists(usage_period)", rollover, entitlement.Item{":zero": number(0), ":limit": number(u.limit)})
	case u.rolls:
		add("usage_period = :old", rollover, entitlement.Item{":zero": number(0), ":limit": number(u.limit), ":old": text(u.old)})
	case u.limit > 0:
		add("usage_period = :period AND (attribute_not_exists(ask_used) OR ask_used < :limit)",
			"ask_used = if_not_exists(ask_used, :zero) + :one", entitlement.Item{":zero": number(0), ":limit": number(u.limit)})
	default:
		add("usage_period = :period AND ask_used < ask_limit AND (attribute_not_exists(tier) OR tier = :freetier OR entitled_until > :now)",
			"ask_used = ask_used + :one", entitlement.Item{":freetier": text(string(entitlement.Free)), ":now": number(int(u.now.Unix()))})
	}
	return &dynamodb.UpdateItemInput{
		TableName: &l.Table, Key: entitlement.Item{"cognito_sub": text(u.sub)},
		UpdateExpression:                    aws.String("SET " + strings.Join(sets, ", ")),
		ConditionExpression:                 aws.String(strings.Join(conditions, " AND ")),
		ExpressionAttributeNames:            map[string]string{"#slot": slotName(u.slot)},
		ExpressionAttributeValues:           values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// rollover begins a month: nobody has to run a job for it.
const rollover = "ask_used = :one, bot_seconds_used = :zero, ask_input_tokens = :zero, ask_output_tokens = :zero, " +
	"ask_limit = if_not_exists(ask_limit, :limit)"

// lease is the text that holds a place until the function must be gone.
func (l *Ledger) lease(u update) string {
	return leaseFrom(u.now.Add(l.Lease)) + "#" + u.id
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}
