package fleet

import "time"

// identity lists the functions of sign-up and sign-in.
func identity() []Function {
	return []Function{
		{
			Name:     "pre-signup",
			Does:     "refuses a sign-up without the current terms or with another's address, and links Google and Apple",
			Trigger:  Trigger{Cognito: "PreSignUp"},
			Timeout:  5 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"consents", []string{"PutItem"}},
				{"legacy_users", []string{"GetItem"}},
				{"suppressions", []string{"GetItem"}},
			},
			Calls: []Call{
				{"cognito-idp:AdminGetUser", UserPool},
				{"cognito-idp:ListUsers", UserPool},
				{"cognito-idp:AdminLinkProviderForUser", UserPool},
			},
			Settings: []string{"TOS_VERSION", "TOS_ACCEPTED"},
		},
		{
			Name:     "post-confirmation",
			Does:     "gives a confirmed user a profile, a consent record, a Stripe customer and a welcome",
			Trigger:  Trigger{Cognito: "PostConfirmation"},
			Timeout:  5 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"consents", []string{"GetItem", "PutItem", "DeleteItem"}},
				{"entitlements", []string{"GetItem", "Query", "UpdateItem"}},
				{"legacy_users", []string{"GetItem", "UpdateItem"}},
				{"profiles", []string{"PutItem"}},
			},
			Sends:    []string{"welcome"},
			Secrets:  []string{"stripe"},
			Calls:    []Call{{"cognito-idp:AdminUpdateUserAttributes", UserPool}},
			Settings: []string{"STRIPE_API_BASE"},
		},
		{
			Name:     "custom-email-sender",
			Does:     "decrypts Cognito's code and sends it in the branded mail",
			Trigger:  Trigger{Cognito: "CustomEmailSender"},
			Timeout:  15 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"mails", []string{"PutItem", "UpdateItem"}},
				{"suppressions", []string{"GetItem"}},
			},
			Calls:    []Call{{"kms:Decrypt", CodeKey}, {"ses:SendEmail", MailAuth}},
			Settings: []string{"CODE_KEY_ARN", "MAIL_FROM", "MAIL_REPLY_TO", "MAIL_SET_AUTH", "SITE_URL"},
		},
		{
			Name:     "welcome-email",
			Does:     "welcomes a new user once, in words for the plan they are on",
			Trigger:  Trigger{Queue: "welcome", Batch: 10},
			Timeout:  30 * time.Second,
			MemoryMB: 256,
			Tables: []Grant{
				{"entitlements", []string{"BatchGetItem"}},
				{"mails", []string{"PutItem", "UpdateItem"}},
				{"profiles", []string{"BatchGetItem"}},
				{"suppressions", []string{"GetItem"}},
			},
			Calls:    []Call{{"ses:SendEmail", MailProduct}},
			Settings: []string{"MAIL_FROM", "MAIL_REPLY_TO", "MAIL_SET_PRODUCT", "SITE_URL"},
		},
	}
}
