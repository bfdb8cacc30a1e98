package stack

import (
	"fmt"
	"slices"
	"strings"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fleet"
)

// environment is what a function gets, and nothing else: each name follows from
// its row of the manifest.
func (s *Stack) environment(f fleet.Function) ([]string, error) {
	env := []string{"AWS_ENDPOINT_URL=" + s.inner(awsPort)}
	for _, g := range f.Tables {
		env = append(env, "TABLE_"+boot.Upper(g.Table)+"="+g.Table)
	}
	for _, q := range f.Sends {
		env = append(env, "QUEUE_"+boot.Upper(q)+"="+s.seeds.queues[q])
	}
	for _, name := range f.Secrets {
		env = append(env, "SECRET_"+boot.Upper(name)+"="+s.seeds.secrets[name])
	}
	settings, err := s.given(f)
	if err != nil {
		return nil, err
	}
	return append(env, settings...), nil
}

// given returns the function's settings that have a value. One without is left
// to its default; one that must be there is an error.
func (s *Stack) given(f fleet.Function) ([]string, error) {
	values := s.settings()
	var env, missing []string
	for _, d := range fleet.Settings() {
		if !slices.Contains(f.Settings, d.Name) {
			continue
		}
		switch v := values[d.Name]; {
		case v != "":
			env = append(env, d.Name+"="+v)
		case d.Must:
			missing = append(missing, d.Name)
		}
	}
	if len(missing) > 0 {
		return nil, trouble("Put it into .env, or give it a value in stacks/local/stack.",
			"%s needs %s, which the local fleet has no value for", f.Name, strings.Join(missing, ", "))
	}
	return env, nil
}

// settings are the values that this fleet has, before those of .env.
func (s *Stack) settings() map[string]string {
	values := map[string]string{
		"USER_POOL_ID":        PoolID,
		"USER_POOL_CLIENT_ID": ClientID,
		"JWKS":                s.seeds.jwks,
		"JWKS_URL":            s.inner(awsPort) + jwksPath,
		"CODE_KEY_ARN":        s.seeds.codeKey,
		"CALENDAR_KEY_ARN":    s.seeds.calendarKey,
		"SITE_URL":            s.URL(edgePort),
		"RECALL_WEBHOOK_URL":  s.inner(edgePort) + recallHook,
	}
	for _, st := range standins() {
		for _, d := range st.doors {
			if !d.replaced(s.plan) {
				values[d.setting] = s.inner(st.name) + d.path
			}
		}
	}
	if values["GOOGLE_API_BASE"] != "" { // the real one cannot reach this machine
		values["GOOGLE_PUSH_URL"] = s.inner(edgePort) + googleHook
	}
	for name, v := range s.plan.Env {
		if strings.TrimSpace(v) != "" {
			values[name] = v
		}
	}
	if values["GOOGLE_PUSH_URL"] == "off" {
		delete(values, "GOOGLE_PUSH_URL")
	}
	return values
}

// secret returns the value of a secret as JSON-ready fields: those of .env, else
// fixed test values.
func (s *Stack) secret(row fleet.Secret) map[string]any {
	values := map[string]any{}
	for _, field := range row.Fields {
		name, list := strings.CutSuffix(field, "[]")
		text := s.field(row.Name, name)
		values[name] = text
		if list {
			values[name] = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		}
	}
	return values
}

// field is one field of a secret as text; a list's items stand between commas.
func (s *Stack) field(secret, name string) string {
	if text := s.plan.Env[fieldEnv(secret, name)]; strings.TrimSpace(text) != "" {
		return text
	}
	return s.testValue(secret, name)
}

// testValue is the fixed value of a secret's field. It says what it is, so that
// nobody takes it for a real one.
func (s *Stack) testValue(secret, field string) string {
	special := map[string]string{ //nolint:gosec // test values that open nothing
		"stripe.secret_key":      "sk_test_callanalyst",
		"stripe.webhook_secrets": "whsec_local",
		"recall.webhook_secrets": "whsec_bG9jYWwtcmVjYWxsLXdlYmhvb2stc2VjcmV0", // Svix wants base64
		"supabase.url":           s.inner("supabase"),
	}
	if v := special[secret+"."+field]; v != "" {
		return v
	}
	return fmt.Sprintf("local-%s-%s", secret, strings.ReplaceAll(field, "_", "-"))
}
