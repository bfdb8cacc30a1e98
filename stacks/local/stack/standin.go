package stack

import (
	"context"
	"net/http"

	"callanalyst/pkg/ask/llmtest"
	"callanalyst/pkg/fleet"
)

// standin is a pretend outside party on a port of its own. Adding one is adding
// one row to standins.
type standin struct {
	name  string
	port  int
	what  string
	doors []door
	open  func(*Stack) (service, error)
}

// door is one way in which functions reach a stand-in: a setting with its
// address and what follows it, or a secret that says where. A value for either
// in .env leads past the stand-in to the real party.
type door struct {
	setting, path string
	secret        string
}

// service is a stand-in that runs: what it answers and, if it has any, its state
// and what it does by itself once the fleet is ready.
type service struct {
	http.Handler
	save func() ([]byte, error)
	load func([]byte) error
	run  func(context.Context)
}

// standins lists the stand-ins that have ports of their own.
func standins() []standin {
	return []standin{
		{
			name: "stripe", port: 12111, what: "Stripe: the API and its payment pages", open: openStripe,
			doors: []door{{setting: "STRIPE_API_BASE", secret: "stripe"}},
		},
		{
			name: "recall", port: 12112, what: "Recall: bots that join a pretend meeting", open: openRecall,
			doors: []door{{setting: "RECALL_API_BASE", secret: "recall"}},
		},
		{
			name: "google", port: 12113, what: "Google: consent, tokens, and calendars that one can edit", open: openGoogle,
			doors: []door{
				{setting: "GOOGLE_AUTH_BASE", secret: "google"}, {setting: "GOOGLE_TOKEN_BASE", secret: "google"}, {setting: "GOOGLE_API_BASE", secret: "google"},
			},
		},
		{
			name: "llm", port: 12114, what: "the language models, both vendors' APIs", open: openModels,
			doors: []door{{setting: "ANTHROPIC_API_BASE", secret: "anthropic"}, {setting: "OPENAI_API_BASE", secret: "openai"}},
		},
		{
			name: "supabase", port: 12115, what: "Supabase: the old system, whose users come over", open: openSupabase,
			doors: []door{{setting: "SUPABASE_URL", secret: "supabase"}},
		},
	}
}

func openModels(s *Stack) (service, error) {
	s.Models = &llmtest.Server{}
	return service{Handler: s.Models}, nil
}

// replaced reports whether .env leads past every door of the stand-in.
func (s standin) replaced(p Plan) bool {
	for _, d := range s.doors {
		if !d.replaced(p) {
			return false
		}
	}
	return true
}

func (d door) replaced(p Plan) bool {
	names := []string{d.setting}
	for _, secret := range fleet.Secrets() {
		if secret.Name == d.secret {
			names = append(names, secretEnv(secret)...)
		}
	}
	return p.given(names...)
}
