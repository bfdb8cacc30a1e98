package edge

// Config is /config.json, which the site reads before anything else: what a
// deploy made, so that one build of the site serves every stage. Nothing in it
// is secret.
type Config struct {
	Region    string   `json:"region"`
	PoolID    string   `json:"user_pool_id"`
	ClientID  string   `json:"user_pool_client_id"`
	Domain    string   `json:"user_pool_domain"`   // with https://, without a slash at its end
	Endpoint  string   `json:"endpoint,omitempty"` // of the pool, where it is not AWS's own
	Providers []string `json:"providers"`          // Google, SignInWithApple: as Cognito calls them
	TOS       string   `json:"tos_version"`        // the terms that a sign-up accepts
}
