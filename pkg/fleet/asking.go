package fleet

import "time"

// asking lists the functions of questions and answers.
func asking() []Function {
	return []Function{
		{
			Name:     "ask",
			Does:     "answers a question, about a call or not, as a stream",
			Trigger:  Trigger{Method: "POST", Path: "/api/ask", Stream: true, CORS: true},
			Timeout:  2 * time.Minute,
			MemoryMB: 512,
			Tables: []Grant{
				{"bots", []string{"GetItem"}},
				{"chunks", []string{"Query"}},
				{"entitlements", []string{"UpdateItem"}},
			},
			Secrets:  []string{"anthropic", "openai"},
			Settings: []string{"USER_POOL_ID", "USER_POOL_CLIENT_ID", "JWKS", "JWKS_URL", "TOS_VERSION", "ANTHROPIC_API_BASE", "OPENAI_API_BASE", "ALLOWED_ORIGINS"},
		},
	}
}
