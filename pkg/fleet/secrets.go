package fleet

// Secret is one JSON secret in Secrets Manager, named callanalyst/<name>. A
// function that reads it is told where by SECRET_<NAME>.
type Secret struct {
	Name   string
	Fields []string // its JSON fields; those ending in [] are lists
}

// Secrets returns every secret of the fleet. The slice is the caller's own.
func Secrets() []Secret {
	return []Secret{
		{"stripe", []string{"secret_key", "webhook_secrets[]"}},
		{"recall", []string{"api_key", "webhook_secrets[]", "url_token"}},
		{"google", []string{"client_id", "client_secret"}},
		{"anthropic", []string{"api_key"}},
		{"openai", []string{"api_key"}},
		{"supabase", []string{"url", "publishable_key", "secret_key"}},
		{"origin", []string{"verify"}},
	}
}
