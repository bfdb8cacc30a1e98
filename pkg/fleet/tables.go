package fleet

// Table is one DynamoDB table. Every table is on demand, with point-in-time
// recovery, deletion protection and RETAIN on AWS.
type Table struct {
	Name    string // locally its whole name; on AWS the logical name
	Hash    Key
	Range   Key    // zero when the hash key stands alone
	TTL     string // the attribute with the expiry, in Unix seconds; "" for none
	Indexes []Index
}

// Key is one key attribute.
type Key struct {
	Name   string
	Number bool // type N; otherwise S
}

// Index is a global secondary index with every attribute projected, or the
// keys alone.
type Index struct {
	Name     string
	Hash     Key
	Range    Key
	KeysOnly bool
}

// Tables returns every table of the fleet. The slice is the caller's own.
func Tables() []Table {
	return []Table{
		{Name: "entitlements", Hash: text("cognito_sub"), Indexes: []Index{
			{Name: "stripe_customer_id", Hash: text("stripe_customer_id"), KeysOnly: true},
		}},
		{Name: "stripe_events", Hash: text("event_id"), TTL: "ttl"},
		{Name: "profiles", Hash: text("cognito_sub"), Indexes: []Index{
			{Name: "email", Hash: text("email"), KeysOnly: true},
		}},
		{Name: "consents", Hash: text("cognito_sub"), Range: text("kind_version"), TTL: "ttl"},
		{Name: "mails", Hash: text("mail_id"), TTL: "ttl"},
		{Name: "bots", Hash: text("cognito_sub"), Range: text("bot_id"), Indexes: []Index{
			{Name: "bot_id", Hash: text("bot_id")},
		}},
		{Name: "chunks", Hash: text("bot_id"), Range: number("seq"), TTL: "ttl"},
		{Name: "calendar_connections", Hash: text("cognito_sub"), Indexes: []Index{
			{Name: "due", Hash: text("shard"), Range: number("next_poll_at"), KeysOnly: true},
		}},
		{Name: "dispatches", Hash: text("room_start"), Range: text("owner"), TTL: "ttl"},
		{Name: "oauth_states", Hash: text("state_hash"), TTL: "ttl"},
		{Name: "suppressions", Hash: text("email_hash")},
		{Name: "legacy_users", Hash: text("email_hash"), Indexes: []Index{
			{Name: "legacy_id", Hash: text("legacy_id"), KeysOnly: true},
			{Name: "cognito_sub", Hash: text("cognito_sub"), KeysOnly: true},
		}},
	}
}

func text(name string) Key   { return Key{Name: name} }
func number(name string) Key { return Key{Name: name, Number: true} }
