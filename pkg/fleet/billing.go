package fleet

import "time"

// billing lists the functions of plans, payments and entitlements.
func billing() []Function {
	caller := []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL", "TOS_VERSION"}
	stripe := append([]string{"STRIPE_API_BASE"}, caller...)
	return []Function{
		{
			Name:     "checkout",
			Does:     "opens a payment page for the plan that the caller chose, the same one however often it is asked",
			Trigger:  Trigger{Method: "POST", Path: "/api/checkout"},
			Timeout:  15 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"entitlements", []string{"GetItem", "BatchGetItem", "Query", "UpdateItem"}},
				{"legacy_users", []string{"GetItem", "UpdateItem"}},
				{"profiles", []string{"BatchGetItem"}},
			},
			Secrets:  []string{"stripe"},
			Calls:    []Call{{"cognito-idp:AdminGetUser", UserPool}, {"cognito-idp:ListUsers", UserPool}},
			Settings: append([]string{"SITE_URL", "CHECKOUT_TRIAL_DAYS", "CHECKOUT_AUTOMATIC_TAX"}, stripe...),
		},
		{
			Name:     "checkout-status",
			Does:     "tells the success page what became of a checkout, and has it applied before it answers",
			Trigger:  Trigger{Method: "GET", Path: "/api/checkout/{session_id}"},
			Timeout:  15 * time.Second,
			MemoryMB: 256,
			Tables:   []Grant{{"entitlements", []string{"GetItem", "Query", "UpdateItem"}}},
			Secrets:  []string{"stripe"},
			Settings: stripe,
		},
		{
			Name:     "billing-portal",
			Does:     "opens Stripe's portal, where the caller manages the subscription",
			Trigger:  Trigger{Method: "POST", Path: "/api/billing/portal"},
			Timeout:  15 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"entitlements", []string{"GetItem", "BatchGetItem", "Query", "UpdateItem"}},
				{"legacy_users", []string{"GetItem", "UpdateItem"}},
				{"profiles", []string{"BatchGetItem"}},
			},
			Secrets:  []string{"stripe"},
			Calls:    []Call{{"cognito-idp:AdminGetUser", UserPool}, {"cognito-idp:ListUsers", UserPool}},
			Settings: append([]string{"SITE_URL"}, stripe...),
		},
		{
			Name:     "stripe-webhook",
			Does:     "takes Stripe's events, asks Stripe what holds now, makes the entitlement that, and tells of a failed renewal",
			Trigger:  Trigger{Method: "POST", Path: "/webhooks/stripe"},
			Timeout:  15 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"entitlements", []string{"BatchGetItem", "GetItem", "Query", "UpdateItem"}},
				{"mails", []string{"PutItem", "UpdateItem"}},
				{"profiles", []string{"BatchGetItem"}},
				{"stripe_events", []string{"UpdateItem"}},
				{"suppressions", []string{"GetItem"}},
			},
			Secrets:  []string{"stripe"},
			Calls:    []Call{{"ses:SendEmail", MailAuth}},
			Settings: []string{"STRIPE_API_BASE", "SITE_URL", "MAIL_FROM", "MAIL_REPLY_TO", "MAIL_SET_AUTH"},
			Alarms: []Alarm{
				{Metric: "PaymentNoticeUnsent", Over: 3, Within: time.Hour, Statistic: "Sum", Says: "users are not told that their renewal failed: SES or the tables do not answer"},
				{Metric: "PaidOnOtherCustomer", Over: 0, Within: time.Hour, Statistic: "Sum", Says: "somebody pays on a Stripe customer that is not linked to the user"},
				{Metric: "PaidForUnknownPrice", Over: 0, Within: time.Hour, Statistic: "Sum", Says: "somebody pays a Stripe price that belongs to no plan"},
			},
		},
		{
			Name:        "stripe-reconcile",
			Does:        "repairs what webhooks did not tell, page by page; works once more on one event for an operator",
			Trigger:     Trigger{Cron: "20 9 * * ? *"},
			Timeout:     15 * time.Minute,
			MemoryMB:    512,
			Concurrency: 1,
			Tables: []Grant{
				{"entitlements", []string{"BatchGetItem", "GetItem", "Query", "Scan", "UpdateItem"}},
				{"stripe_events", []string{"GetItem", "PutItem", "UpdateItem"}},
			},
			Secrets:  []string{"stripe"},
			Settings: []string{"STRIPE_API_BASE"},
			Alarms: []Alarm{
				{Metric: "EntitlementsRepaired", Over: 0, Within: 24 * time.Hour, Statistic: "Sum", Says: "rows were not what Stripe says: webhooks get lost"},
				{Metric: "StripeEventsRecovered", Over: 0, Within: 24 * time.Hour, Statistic: "Sum", Says: "events were worked on that no webhook delivered"},
			},
		},
		{
			Name:     "entitlement",
			Does:     "answers the caller's plan, what it includes, what is used, and what to do next",
			Trigger:  Trigger{Method: "GET", Path: "/api/entitlement"},
			Timeout:  10 * time.Second,
			MemoryMB: 256,
			Tables:   []Grant{{"entitlements", []string{"GetItem"}}},
			Settings: caller,
		},
	}
}
