package fleet

import "time"

// leaving lists the two functions that delete an account: one begins, and the other
// ends what the first did not. What they may touch is the same.
func leaving() []Function {
	tables := []Grant{
		{"bots", []string{"BatchGetItem", "DeleteItem", "PutItem", "Query", "UpdateItem"}},
		{"calendar_connections", []string{"DeleteItem", "GetItem", "UpdateItem"}},
		{"chunks", []string{"BatchGetItem", "BatchWriteItem", "GetItem", "Query", "UpdateItem"}},
		{"consents", []string{"DeleteItem"}},
		{"dispatches", []string{"DeleteItem", "PutItem", "Query", "UpdateItem"}},
		{"entitlements", []string{"GetItem", "UpdateItem"}},
		{"legacy_users", []string{"Query", "UpdateItem"}},
		{"mails", []string{"PutItem", "UpdateItem"}},
		{"profiles", []string{"DeleteItem"}},
		{"suppressions", []string{"GetItem"}},
	}
	calls := []Call{
		{"cognito-idp:AdminGetUser", UserPool}, {"cognito-idp:AdminUserGlobalSignOut", UserPool},
		{"cognito-idp:AdminDeleteUser", UserPool}, {"ses:SendEmail", MailAuth}, {"kms:Decrypt", CalendarKey},
	}
	settings := []string{
		"USER_POOL_ID", "STRIPE_API_BASE", "RECALL_API_BASE", "RECALL_WEBHOOK_URL", "TOS_VERSION", "CALENDAR_KEY_ARN", "GOOGLE_API_BASE", "GOOGLE_TOKEN_BASE",
		"SITE_URL", "MAIL_FROM", "MAIL_REPLY_TO", "MAIL_SET_AUTH",
	}
	return []Function{
		{
			Name:     "account-delete",
			Does:     "deletes everything of the caller but what the law needs; goes on where a call before it stopped",
			Trigger:  Trigger{Method: "DELETE", Path: "/api/account"},
			Timeout:  29 * time.Second,
			MemoryMB: 256,
			Tables:   tables,
			Sends:    []string{"deletions"},
			Secrets:  []string{"stripe", "recall"},
			Calls:    calls,
			Settings: append([]string{"USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL"}, settings...),
		},
		{
			Name:     "account-delete-resume",
			Does:     "ends the deletions that account-delete began and did not end, without anybody asking again",
			Trigger:  Trigger{Queue: "deletions", Batch: 1},
			Timeout:  time.Minute,
			MemoryMB: 256,
			Tables:   tables,
			Secrets:  []string{"stripe", "recall"},
			Calls:    calls,
			Settings: settings,
			Alarms: []Alarm{
				{Metric: "DeletionUnfinished", Over: 2, Within: time.Hour, Statistic: "Sum", Says: "an account is locked and not deleted: a step keeps failing"},
			},
		},
	}
}
