package fleet

import (
	"slices"
	"time"
)

// people lists the functions of profiles, consent, accounts and their mail.
func people() []Function {
	return slices.Concat([]Function{
		{
			Name:     "profile-get",
			Does:     "answers the caller's profile, from Cognito where there is no row yet",
			Trigger:  Trigger{Method: "GET", Path: "/api/profile"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"consents", []string{"GetItem", "PutItem", "DeleteItem"}},
				{"entitlements", []string{"GetItem", "BatchGetItem", "Query", "UpdateItem"}},
				{"legacy_users", []string{"GetItem", "UpdateItem"}},
				{"profiles", []string{"GetItem", "BatchGetItem", "PutItem"}},
			},
			Secrets:  []string{"stripe"},
			Calls:    []Call{{"cognito-idp:AdminGetUser", UserPool}, {"cognito-idp:AdminUpdateUserAttributes", UserPool}, {"cognito-idp:ListUsers", UserPool}},
			Settings: []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL", "TOS_VERSION", "STRIPE_API_BASE"},
		},
		{
			Name:     "profile-update",
			Does:     "changes the caller's profile by a JSON merge patch, unless it is no longer the one they read",
			Trigger:  Trigger{Method: "PATCH", Path: "/api/profile"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"entitlements", []string{"BatchGetItem"}},
				{"profiles", []string{"BatchGetItem", "PutItem", "UpdateItem"}},
			},
			Calls:    []Call{{"cognito-idp:AdminGetUser", UserPool}},
			Settings: []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL", "TOS_VERSION"},
		},
		{
			Name:     "consent",
			Does:     "puts on record that the caller accepts the terms in force, or which cookies they choose",
			Trigger:  Trigger{Method: "POST", Path: "/api/consent"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"consents", []string{"PutItem", "Query"}},
				{"entitlements", []string{"GetItem", "UpdateItem"}},
			},
			Settings: []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL", "TOS_VERSION", "TOS_ACCEPTED"},
		},
		{
			Name:     "account-export",
			Does:     "hands over everything that is held of the caller, as one JSON document",
			Trigger:  Trigger{Method: "GET", Path: "/api/account/export", Stream: true},
			Timeout:  2 * time.Minute,
			MemoryMB: 256,
			Tables: []Grant{
				{"bots", []string{"Query"}},
				{"calendar_connections", []string{"GetItem"}},
				{"chunks", []string{"Query"}},
				{"consents", []string{"Query"}},
				{"entitlements", []string{"GetItem"}},
				{"legacy_users", []string{"GetItem", "Query"}},
				{"profiles", []string{"GetItem"}},
			},
			Calls:    []Call{{"cognito-idp:AdminGetUser", UserPool}},
			Settings: []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL"},
		},
		{
			Name:     "mail-status",
			Does:     "tells anybody, before they wait for a code, that mail to an address comes back; nothing else about it",
			Trigger:  Trigger{Method: "POST", Path: "/api/mail/status"},
			Timeout:  5 * time.Second,
			MemoryMB: 256,
			Tables:   []Grant{{"mails", []string{"UpdateItem"}}, {"suppressions", []string{"GetItem"}}},
		},
		{
			Name:     "ses-events",
			Does:     "hears what became of each mail, and has no more sent where it cannot arrive or is not wanted",
			Trigger:  Trigger{Topic: "ses-events"},
			Timeout:  10 * time.Second,
			MemoryMB: 128,
			Tables:   []Grant{{"suppressions", []string{"UpdateItem"}}},
			Alarms: []Alarm{
				{Metric: "MailBounced", Over: 50, Within: 24 * time.Hour, Statistic: "Sum", Says: "mail comes back: SES reviews an account at 5 % and stops it at 10 %"},
				{Metric: "MailComplained", Over: 5, Within: 24 * time.Hour, Statistic: "Sum", Says: "readers call our mail spam: SES reviews an account at 0.1 %"},
				{Metric: "MailRejected", Over: 0, Within: time.Hour, Statistic: "Sum", Says: "SES refused the content of a mail"},
			},
		},
	}, leaving())
}
