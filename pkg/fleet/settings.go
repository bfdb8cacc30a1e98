package fleet

// Setting is one environment value that a function may be given.
type Setting struct {
	Name    string
	Default string // used when it is not set
	Must    bool   // without it the function does not start
	Means   string
}

// Settings returns every setting of the fleet. The slice is the caller's own.
func Settings() []Setting {
	return []Setting{
		{Name: "USER_POOL_ID", Must: true, Means: "the pool whose access tokens are accepted"},
		{Name: "USER_POOL_CLIENT_ID", Must: true, Means: "the app client whose tokens are accepted"},
		{Name: "JWKS", Means: "the pool's public keys as JSON, handed over at deploy so that a cold start fetches nothing"},
		{Name: "JWKS_URL", Means: "where the pool's public keys are; follows from the pool when not set"},
		{Name: "TOS_VERSION", Default: "2026-06-01", Means: "the terms that every user must have accepted"},
		{Name: "TOS_ACCEPTED", Default: "2026-06-01", Means: "the terms that a sign-up may name, comma separated"},
		{Name: "CODE_KEY_ARN", Must: true, Means: "the KMS key under which Cognito encrypts codes"},
		{Name: "MAIL_FROM", Default: "Call Analyst <hello@callanalyst.app>", Means: "the sender of every mail"},
		{Name: "MAIL_REPLY_TO", Default: "support@callanalyst.app", Means: "where answers to a mail go"},
		{Name: "MAIL_SET_AUTH", Default: "auth", Means: "the SES configuration set of sign-in mail; it never tracks"},
		{Name: "MAIL_SET_PRODUCT", Default: "product", Means: "the SES configuration set of all other mail"},
		{Name: "SITE_URL", Default: "https://callanalyst.app", Means: "the site that links in mail and redirects go to"},
		{Name: "ALLOWED_ORIGINS", Means: "other origins whose pages may ask, comma separated; none by default, since the site and the API share one"},
		{Name: "ANTHROPIC_API_BASE", Default: "https://api.anthropic.com", Means: "the Anthropic API, without /v1"},
		{Name: "OPENAI_API_BASE", Default: "https://api.openai.com", Means: "the OpenAI API, without /v1"},
		{Name: "CHECKOUT_TRIAL_DAYS", Default: "0", Means: "days of trial of a first subscription, where the plan has none of its own"},
		{Name: "CHECKOUT_AUTOMATIC_TAX", Default: "false", Means: "true lets Stripe Tax work out sales tax at checkout"},
		{Name: "SUPABASE_URL", Means: "the old Supabase project; the url in its secret when not set"},
		{Name: "CALENDAR_KEY_ARN", Must: true, Means: "the KMS key under which the tokens of connected calendars are kept"},
		{Name: "GOOGLE_AUTH_BASE", Default: "https://accounts.google.com", Means: "where people consent to Google"},
		{Name: "GOOGLE_API_BASE", Default: "https://www.googleapis.com", Means: "Google's calendars"},
		{Name: "GOOGLE_LOOKS_PER_DAY", Default: "1000000", Means: "how often all calendars together may be looked at in a day, as Google's console says"},
		{Name: "GOOGLE_LOOKS_PER_MINUTE", Default: "8000", Means: "and in a minute; a fifth below Google's own 10,000"},
		{Name: "GOOGLE_PUSH_URL", Means: "where Google tells of changes, of a domain that is verified in its console; without it there are the polls alone"},
		{Name: "GOOGLE_TOKEN_BASE", Default: "https://oauth2.googleapis.com", Means: "where Google gives tokens and takes them back"},
		{Name: "RECALL_API_BASE", Default: "https://us-west-2.recall.ai", Means: "the Recall API of the workspace's region"},
		{Name: "RECALL_WEBHOOK_URL", Default: "https://callanalyst.app/webhooks/recall", Means: "where Recall sends what bots hear, without the token"},
		{Name: "STRIPE_API_BASE", Default: "https://api.stripe.com", Means: "the Stripe API"},
	}
}
