package solo

import (
	"net/http"
	"net/url"
	"strings"
)

// party is an outside party with an address of its own, which functions are told
// by settings. Adding one is adding a row to parties, and its handler to World.
type party struct {
	settings []string
	of       func(*World) http.Handler
	describe func(r *http.Request, body []byte) (Call, bool)
}

func parties() []party {
	return []party{
		{[]string{"STRIPE_API_BASE"}, func(w *World) http.Handler { return w.Stripe }, describeStripe},
		{[]string{"ANTHROPIC_API_BASE"}, func(w *World) http.Handler { return w.Models }, describeJSON("anthropic")},
		{[]string{"SUPABASE_URL"}, func(w *World) http.Handler { return w.Supabase }, describeJSON("supabase")},
		{[]string{"RECALL_API_BASE"}, func(w *World) http.Handler { return w.Recall }, describeRecall},
		{[]string{"GOOGLE_AUTH_BASE", "GOOGLE_TOKEN_BASE", "GOOGLE_API_BASE"}, func(w *World) http.Handler { return w.Google }, describeGoogle},
		{[]string{"OPENAI_API_BASE"}, func(w *World) http.Handler { return w.Models }, describeJSON("openai")},
	}
}

// describeJSON describes the calls of an API whose bodies are JSON.
func describeJSON(service string) func(*http.Request, []byte) (Call, bool) {
	return func(r *http.Request, body []byte) (Call, bool) {
		if strings.Trim(r.URL.Path, "/") == "" {
			return Call{}, false // a connection that is opened ahead
		}
		return Call{Service: service, Operation: r.Method + " " + r.URL.Path, With: decoded(body)}, true
	}
}

// describeRecall shows an order without the picture that it carries, and with its
// idempotency key.
func describeRecall(r *http.Request, body []byte) (Call, bool) {
	c, ok := describeJSON("recall")(r, body)
	with, isOrder := c.With.(map[string]any)
	if !isOrder {
		if query := r.URL.Query(); len(query) > 0 {
			c.With = map[string]any{"query": query.Encode()}
		}
		return c, ok
	}
	if _, has := with["automatic_video_output"]; has {
		with["automatic_video_output"] = "<the logo>"
	}
	with["Idempotency-Key"] = r.Header.Get("Idempotency-Key")
	return c, ok
}

// describeGoogle shows the forms of the token endpoint, and what is asked of a
// calendar.
func describeGoogle(r *http.Request, body []byte) (Call, bool) {
	if strings.Trim(r.URL.Path, "/") == "" {
		return Call{}, false
	}
	c := Call{Service: "google", Operation: r.Method + " " + r.URL.Path}
	form, err := url.ParseQuery(string(body))
	if err != nil || len(form) == 0 {
		form = r.URL.Query()
	}
	with := map[string]any{}
	for name := range form {
		with[name] = form.Get(name)
	}
	if len(with) > 0 {
		c.With = with
	}
	return c, true
}

// addresses serves every party and returns where, by setting.
func (s *Stage) addresses() (map[string]string, error) {
	at := map[string]string{}
	for _, p := range parties() {
		url, err := s.serve(p.of, p.describe)
		if err != nil {
			return nil, err
		}
		for _, name := range p.settings {
			at[name] = url
		}
	}
	return at, nil
}
