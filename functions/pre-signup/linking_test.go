package main

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"callanalyst/pkg/auth/linking"
	"callanalyst/pkg/migration"
)

const googleName = "Google_108472910385716204913"

// person is a user of the pool with the address of everybody in these tests.
func person(username, status string, more map[string]any) map[string]any {
	u := map[string]any{
		"username": username, "sub": username, "status": status,
		"attributes": map[string]string{"email": "dana@example.com", "email_verified": "true"},
	}
	for k, v := range more {
		u[k] = v
	}
	return u
}

func unverified() map[string]any {
	return map[string]any{"attributes": map[string]string{"email": "dana@example.com", "email_verified": "false"}}
}

// TestOneAddressByTwoWays is the policy's table, in front of a pool.
func TestOneAddressByTwoWays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		users   []map[string]any
		legacy  *migration.Legacy
		source  string
		refused string
		linked  string // the user who has Google's identity afterwards
	}{
		{name: "Google, and nobody has the address", source: external},
		{name: "Google, and a confirmed user has it", source: external, users: []map[string]any{person("u-1", "CONFIRMED", nil)}, linked: "u-1"},
		{name: "Google, and a confirmed user has it in another case", source: external, linked: "u-1", users: []map[string]any{
			person("u-1", "CONFIRMED", map[string]any{"attributes": map[string]string{"email": "Dana@Example.com", "email_verified": "true"}})}},
		{name: "Google, and somebody signed up with it in advance", source: external, users: []map[string]any{person("u-1", "UNCONFIRMED", unverified())}, refused: "LINK_REFUSED"},
		{name: "Google, and somebody signed up in advance, confirmed by an operator", source: external, users: []map[string]any{person("u-1", "CONFIRMED", unverified())}, refused: "LINK_REFUSED"},
		{name: "Google, and an unconfirmed user with a verified address", source: external, users: []map[string]any{person("u-1", "UNCONFIRMED", nil)}, refused: "LINK_REFUSED"},
		{name: "Google, and a user who must reset the password", source: external, users: []map[string]any{person("u-1", "RESET_REQUIRED", nil)}, refused: "LINK_REFUSED"},
		{name: "Google, and an invited user", source: external, users: []map[string]any{person("u-1", "FORCE_CHANGE_PASSWORD", nil)}, refused: "LINK_REFUSED"},
		{name: "Google, and a disabled user", source: external, users: []map[string]any{person("u-1", "CONFIRMED", map[string]any{"disabled": true})}, refused: "ACCOUNT_DISABLED"},
		{name: "Google, and one who came by Apple", source: external, users: []map[string]any{person("SignInWithApple_000123.a", "EXTERNAL_PROVIDER", nil)}, refused: "EMAIL_EXISTS_FEDERATED"},
		{name: "Google, and another Google user", source: external, users: []map[string]any{person("Google_7", "EXTERNAL_PROVIDER", nil)}, refused: "EMAIL_EXISTS_FEDERATED"},
		{name: "Google, and the same Google user, made by a run before", source: external, users: []map[string]any{person(googleName, "EXTERNAL_PROVIDER", nil)}},
		{name: "Google, and a confirmed user and Apple's", source: external, users: []map[string]any{person("SignInWithApple_000123.a", "EXTERNAL_PROVIDER", nil), person("u-1", "CONFIRMED", nil)}, refused: "EMAIL_EXISTS_FEDERATED"},
		{name: "Google, and a user of the old system", source: external, legacy: &migration.Legacy{ID: "1", Confirmed: true}},
		{name: "a password, and nobody has the address", source: signUp},
		{name: "a password, and a user of the old system has it", source: signUp, legacy: &migration.Legacy{ID: "1", Confirmed: true}, refused: "USE_SIGN_IN"},
		{name: "a password, and a banned user of the old system", source: signUp, legacy: &migration.Legacy{ID: "1", Confirmed: true, BannedUntil: time.Now().Add(time.Hour)}, refused: "USE_SIGN_IN"},
		{name: "a password, and one who never confirmed in the old system", source: signUp, legacy: &migration.Legacy{ID: "1"}},
		{name: "a password, and one who has come over and left", source: signUp, legacy: &migration.Legacy{ID: "1", Confirmed: true, Sub: "gone"}},
		{name: "a password, and one who came by Google", source: signUp, users: []map[string]any{person("Google_7", "EXTERNAL_PROVIDER", nil)}, refused: "EMAIL_EXISTS_FEDERATED"},
		{name: "an operator, and a user of the old system", source: created, legacy: &migration.Legacy{ID: "1", Confirmed: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.add(t, tt.users...)
			if tt.legacy != nil {
				w.legacy(t, "dana@example.com", *tt.legacy)
			}
			var wg sync.WaitGroup
			for range 3 { // as Cognito does when an answer is late
				wg.Go(func() {
					_, err := w.fn(t.Context(), signUpEvent(tt.source, yes()))
					if tt.refused == "" && err != nil || tt.refused != "" && (err == nil || err.Error() != tt.refused) {
						t.Errorf("error = %v, want %q", err, tt.refused)
					}
				})
			}
			wg.Wait()
			for _, u := range w.users.Users() {
				if got, want := slices.Contains(u.Providers, googleName), u.Username == tt.linked; got != want {
					t.Errorf("%s has %v: Google's identity is there %t, want %t", u.Username, u.Providers, got, want)
				}
			}
			if rows := w.rows(t); tt.refused != "" && rows != nil {
				t.Errorf("consents holds %v after a refusal", rows)
			}
			w.log.silent(t)
		})
	}
}

// TestProvidersThatSayTooLittle must not get near anybody's account.
func TestProvidersThatSayTooLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.add(t, person("u-1", "CONFIRMED", nil))
	tests := []struct{ name, username, attributes, want string }{
		{"an unverified address", googleName, `{"email":"dana@example.com","email_verified":"false"}`, "PROVIDER_EMAIL_UNVERIFIED"},
		{"nothing said of the address", googleName, `{"email":"dana@example.com"}`, "PROVIDER_EMAIL_UNVERIFIED"},
		{"no address", googleName, `{"email_verified":"true"}`, "PROVIDER_EMAIL_UNVERIFIED"},
		{"another word for yes", googleName, `{"email":"dana@example.com","email_verified":"1"}`, "PROVIDER_EMAIL_UNVERIFIED"},
		{"another provider", "Facebook_1", `{"email":"dana@example.com","email_verified":"true"}`, "SIGN_UP_NOT_SUPPORTED"},
		{"no provider", "u-2", `{"email":"dana@example.com","email_verified":"true"}`, "SIGN_UP_NOT_SUPPORTED"},
		{"a provider without an id", "Google_", `{"email":"dana@example.com","email_verified":"true"}`, "SIGN_UP_NOT_SUPPORTED"},
	}
	for _, tt := range tests {
		event := `{"triggerSource":"PreSignUp_ExternalProvider","userPoolId":"us-east-2_CallAnlst","userName":"` + tt.username + `","request":{"userAttributes":` + tt.attributes + `},"response":{}}`
		if out, err := w.fn(t.Context(), []byte(event)); err == nil || err.Error() != tt.want || out != nil {
			t.Errorf("%s = %v, %v, want %s", tt.name, out, err, tt.want)
		}
	}
	if u, _ := w.users.User("u-1"); len(u.Providers) > 0 {
		t.Errorf("u-1 got %v", u.Providers)
	}
}

// TestProvidersNamesHaveMoreThanOneForm links Apple's and a lower-case Google's.
func TestProvidersNamesHaveMoreThanOneForm(t *testing.T) {
	t.Parallel()
	for username, want := range map[string]string{
		"google_1_2": "Google_1_2", "signinwithapple_000123.0f_a.0456": "SignInWithApple_000123.0f_a.0456",
	} {
		w := newWorld(t, nil)
		w.add(t, person("u-1", "CONFIRMED", nil))
		event := strings.Replace(string(signUpEvent(external, nil)), googleName, username, 1)
		if _, err := w.fn(t.Context(), []byte(event)); err != nil {
			t.Errorf("%s: %v", username, err)
		}
		if u, _ := w.users.User("u-1"); !slices.Equal(u.Providers, []string{want}) {
			t.Errorf("%s: linked %v, want %s", username, u.Providers, want)
		}
	}
}

// TestAnAddressCannotEndTheFilter brings one that would match everybody.
func TestAnAddressCannotEndTheFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var asked []string
	users := linking.Users{Cognito: recorder{w.api, &asked}}
	for _, email := range []string{`x" or email ^= "dana`, `x\`, `"`} {
		if got, err := users.Federated(t.Context(), "us-east-2_CallAnlst", email); err != nil || len(got) > 0 {
			t.Errorf("Federated(%q) = %v, %v, want nobody", email, got, err)
		}
	}
	want := []string{`email = "x\" or email ^= \"dana"`, `email = "x\\"`, `email = "\""`}
	if !slices.Equal(asked, want) {
		t.Errorf("filters %q, want %q", asked, want)
	}
}

// recorder keeps the filters.
type recorder struct {
	*cognitoidentityprovider.Client
	filters *[]string
}

func (r recorder) ListUsers(ctx context.Context, in *cognitoidentityprovider.ListUsersInput, o ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.ListUsersOutput, error) {
	*r.filters = append(*r.filters, aws.ToString(in.Filter))
	return r.Client.ListUsers(ctx, in, o...)
}

// TestWithoutThePoolNobodyPasses takes Cognito away.
func TestWithoutThePoolNobodyPasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	fn, err := start(t, map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": w.db.URL,
		"TABLE_CONSENTS": w.db.Table("consents"), "TABLE_LEGACY_USERS": w.db.Table("legacy_users"), "TABLE_SUPPRESSIONS": w.db.Table("suppressions"),
		"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": "http://127.0.0.1:1",
	}, w.log)
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{signUp, external} {
		if out, err := fn(t.Context(), signUpEvent(source, yes())); err == nil || err.Error() != "UPSTREAM_UNAVAILABLE" || out != nil {
			t.Errorf("%s without Cognito = %v, %v, want UPSTREAM_UNAVAILABLE", source, out, err)
		}
	}
	if rows := w.rows(t); rows != nil {
		t.Errorf("consents holds %v", rows)
	}
}
