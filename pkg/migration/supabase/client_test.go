package supabase_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/migration/supabase"
	"callanalyst/pkg/migration/supabasetest"
)

func at(y int) time.Time { return time.Date(y, 3, 1, 9, 0, 0, 0, time.UTC) }

// fixed lends one secret.
func fixed(s supabase.Secret) supabase.Lend {
	return func(ctx context.Context, call func(context.Context, supabase.Secret) error) error {
		return call(ctx, s)
	}
}

// serve returns a client of the handler.
func serve(t *testing.T, h http.Handler) *supabase.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &supabase.Client{HTTP: server.Client(), Base: server.URL, Secret: fixed(supabase.Secret{PublishableKey: "sb_publishable_1", SecretKey: "sb_secret_1"})}
}

// canned answers everything alike.
func canned(status int, header map[string]string, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// TestWhyASignInFails has one row for each answer that is a no.
func TestWhyASignInFails(t *testing.T) {
	t.Parallel()
	code := func(c string) map[string]string { return map[string]string{"X-Sb-Error-Code": c} }
	tests := []struct {
		name   string
		status int
		header map[string]string
		body   string
		want   error
	}{
		{"wrong password, by header", 400, code("invalid_credentials"), `{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}`, supabase.ErrCredentials},
		{"wrong password, by error_code", 400, nil, `{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}`, supabase.ErrCredentials},
		{"wrong password, in the newer form", 400, nil, `{"code":"invalid_credentials","message":"Invalid login credentials"}`, supabase.ErrCredentials},
		{"wrong password, in the oldest form", 400, nil, `{"error":"invalid_grant","error_description":"Invalid email or password"}`, supabase.ErrCredentials},
		{"unconfirmed", 400, code("email_not_confirmed"), `{}`, supabase.ErrUnconfirmed},
		{"unconfirmed, in the oldest form", 400, nil, `{"error":"invalid_grant","error_description":"Email not confirmed"}`, supabase.ErrUnconfirmed},
		{"banned", 400, code("user_banned"), `{}`, supabase.ErrBanned},
		{"the rate limit", 429, code("over_request_rate_limit"), `{}`, supabase.ErrBusy},
		{"a rate limit of something in front", 429, nil, `<html>Too many requests</html>`, supabase.ErrBusy},
		{"captcha", 400, code("captcha_failed"), `{}`, supabase.ErrSetup},
		{"passwords are switched off", 422, code("email_provider_disabled"), `{}`, supabase.ErrSetup},
		{"a wrong key", 401, nil, `{"message":"Invalid API key"}`, supabase.ErrSetup},
		{"a code of tomorrow", 403, code("something_new"), `{}`, supabase.ErrSetup},
		{"an outage", 500, nil, `{"code":500,"error_code":"unexpected_failure","msg":"x"}`, supabase.ErrUnavailable},
		{"an outage that says wrong password", 503, code("invalid_credentials"), `{"error_code":"invalid_credentials"}`, supabase.ErrUnavailable},
		{"a page of HTML with 400", 400, nil, `<!doctype html><title>Bad request</title>`, supabase.ErrUnavailable},
		{"a page of HTML with 200", 200, nil, `<!doctype html><title>Welcome</title>`, supabase.ErrUnavailable},
		{"a page of HTML with 502", 502, nil, `<html>Bad gateway</html>`, supabase.ErrUnavailable},
		{"a redirect", 302, map[string]string{"Location": "/elsewhere"}, ``, supabase.ErrUnavailable},
		{"nothing with 200", 200, nil, ``, supabase.ErrUnavailable},
		{"an empty object with 200", 200, nil, `{}`, supabase.ErrUnavailable},
		{"null with 200", 200, nil, `null`, supabase.ErrUnavailable},
		{"a session without a user", 200, nil, `{"access_token":"eyJ"}`, supabase.ErrUnavailable},
		{"a user without a session", 200, nil, `{"user":{"id":"1","email":"a@example.com"}}`, supabase.ErrUnavailable},
		{"a list with 200", 200, nil, `[{"access_token":"eyJ"}]`, supabase.ErrUnavailable},
		{"more than anybody sends", 200, nil, `{"access_token":"` + strings.Repeat("x", 17<<20) + `"}`, supabase.ErrUnavailable},
	}
	all := []error{supabase.ErrCredentials, supabase.ErrUnconfirmed, supabase.ErrBanned, supabase.ErrBusy, supabase.ErrUnavailable, supabase.ErrSetup, supabase.ErrNotFound}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := serve(t, canned(tt.status, tt.header, tt.body)).SignIn(t.Context(), "ada@example.com", "Se-cret-1234")
			for _, kind := range all {
				if is := errors.Is(err, kind); is != errors.Is(tt.want, kind) {
					t.Errorf("%d %q = %v: is %q %t", tt.status, tt.body[:min(len(tt.body), 60)], err, kind, is)
				}
			}
			if s.User.ID != "" || s.Token != "" {
				t.Errorf("a session came with the error: %+v", s)
			}
		})
	}
}

func TestAnErrorQuotesNothing(t *testing.T) {
	t.Parallel()
	bodies := []string{
		`{"error_code":"ada@example.com","code":"Se-cret-1234","error":"eyJhbGci"}`,
		`{"access_token":"eyJhbGci","user":"ada@example.com Se-cret-1234"}`,
		`<p>ada@example.com Se-cret-1234</p>`,
	}
	for _, status := range []int{200, 400, 401, 500} {
		for _, body := range bodies {
			_, err := serve(t, canned(status, map[string]string{"X-Sb-Error-Code": "Se-cret-1234"}, body)).SignIn(t.Context(), "ada@example.com", "Se-cret-1234")
			if err == nil {
				t.Errorf("%d %s passed", status, body)
				continue
			}
			for _, secret := range []string{"ada@", "Se-cret", "eyJ", "sb_"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%d %s: error quotes %q: %v", status, body, secret, err)
				}
			}
		}
	}
}

// TestARotatedKeyIsFetched gives the first call an old key.
func TestARotatedKeyIsFetched(t *testing.T) {
	t.Parallel()
	project := supabasetest.New(supabasetest.Config{PublishableKey: "new", SecretKey: "new-secret"})
	project.AddUser(supabasetest.User{Email: "ada@example.com", Password: "pw", Confirmed: at(2025)})
	c := serve(t, project)
	keys := []string{"old", "new"}
	c.Secret = func(ctx context.Context, call func(context.Context, supabase.Secret) error) (err error) {
		for _, k := range keys {
			if err = call(ctx, supabase.Secret{PublishableKey: k}); !errors.Is(err, boot.ErrRejected) {
				return err
			}
		}
		return err
	}
	if _, err := c.SignIn(t.Context(), "ada@example.com", "pw"); err != nil {
		t.Errorf("SignIn with a rotated key = %v", err)
	}
	_, err := c.SignIn(t.Context(), "ada@example.com", "wrong")
	if errors.Is(err, boot.ErrRejected) || !errors.Is(err, supabase.ErrCredentials) {
		t.Errorf("SignIn with a wrong password = %v, want no word about keys", err)
	}
}

func TestASlowAnswerEndsWithTheContext(t *testing.T) {
	t.Parallel()
	project := supabasetest.New(supabasetest.Config{})
	project.Inject(supabasetest.Fault{Match: "token", Delay: 10 * time.Second})
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	_, err := serve(t, project).SignIn(ctx, "ada@example.com", "pw")
	if !errors.Is(err, supabase.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("SignIn = %v, want ErrUnavailable for the deadline", err)
	}
}

func TestASignInAndItsEnd(t *testing.T) {
	t.Parallel()
	project := supabasetest.New(supabasetest.Config{PublishableKey: "sb_publishable_1"})
	id := project.AddUser(supabasetest.User{Email: "ada@example.com", Password: "pw", Confirmed: at(2025), Name: "Ada", Weak: true})
	c := serve(t, project)
	s, err := c.SignIn(t.Context(), "ADA@example.com", "pw")
	if err != nil {
		t.Fatal(err)
	}
	if s.User.ID != id || s.User.Email != "ada@example.com" || s.User.Name() != "Ada" || !s.User.Proven() || s.Weak == nil {
		t.Errorf("session = %+v", s)
	}
	if project.Sessions() != 1 {
		t.Fatalf("%d sessions are open, want 1", project.Sessions())
	}
	if err := c.SignOut(t.Context(), s.Token); err != nil || project.Sessions() != 0 {
		t.Errorf("SignOut = %v, %d sessions are open", err, project.Sessions())
	}
	if err := c.SignOut(t.Context(), s.Token); err == nil {
		t.Error("a second SignOut passed")
	}
}

// TestKeysGoWhereTheyBelong looks at the headers: a key of the newer kind is no
// bearer, one of the older kind is both.
func TestKeysGoWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for key, bearer := range map[string]string{"sb_secret_1": "", "eyJ.old.key": "Bearer eyJ.old.key"} {
		var got http.Header
		c := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header
			_, _ = io.WriteString(w, `[]`)
		}))
		c.Secret = fixed(supabase.Secret{PublishableKey: "p", SecretKey: key})
		if _, err := c.Profiles(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if got.Get("apikey") != key || got.Get("Authorization") != bearer || strings.Contains(got.Get("User-Agent"), "Mozilla") {
			t.Errorf("with %s: apikey %q, Authorization %q, User-Agent %q", key, got.Get("apikey"), got.Get("Authorization"), got.Get("User-Agent"))
		}
	}
}

// TestUserMetadataIsAnything decodes what users can write of themselves.
func TestUserMetadataIsAnything(t *testing.T) {
	t.Parallel()
	for meta, want := range map[string]string{
		`{"full_name":"Ada L."}`: "Ada L.", `{"name":"Ada"}`: "Ada", `{"full_name":"","name":"Ada"}`: "Ada", `{"full_name":7,"name":["x"]}`: "",
		`null`: "", `[]`: "", `"Ada"`: "", `7`: "", `{"full_name":{"a":1}}`: "",
	} {
		c := serve(t, canned(200, nil, `{"access_token":"eyJ","user":{"id":"1","email":"a@example.com","user_metadata":`+meta+`,"banned_until":null}}`))
		s, err := c.SignIn(t.Context(), "a@example.com", "pw")
		if err != nil || s.User.Name() != want || s.User.Picture() != "" {
			t.Errorf("metadata %s: name %q, picture %q, %v, want name %q", meta, s.User.Name(), s.User.Picture(), err, want)
		}
	}
}

func TestUsersPageByPage(t *testing.T) {
	t.Parallel()
	project := supabasetest.New(supabasetest.Config{SecretKey: "sb_secret_1"})
	for range 2300 {
		project.AddUser(supabasetest.User{Email: "u" + randomText() + "@example.com"})
	}
	c, seen := serve(t, project), map[string]bool{}
	for page := 1; ; page++ {
		users, total, err := c.Users(t.Context(), page)
		if err != nil || total != 2300 {
			t.Fatalf("page %d = total %d, %v", page, total, err)
		}
		if len(users) == 0 {
			break
		}
		for _, u := range users {
			seen[u.ID] = true
		}
	}
	if len(seen) != 2300 {
		t.Errorf("saw %d users, want 2300", len(seen))
	}
	if _, _, err := serve(t, canned(200, nil, `{"msg":"moved"}`)).Users(t.Context(), 1); !errors.Is(err, supabase.ErrUnavailable) {
		t.Errorf("a page without users = %v, want an error: it would look like the end", err)
	}
}

// TestProfilesGoOnBehindAShortPage has a server that answers fewer rows than
// were asked for.
func TestProfilesGoOnBehindAShortPage(t *testing.T) {
	t.Parallel()
	project := supabasetest.New(supabasetest.Config{MaxRows: 7})
	var want []string
	for range 30 {
		id := project.AddUser(supabasetest.User{Email: "u" + randomText() + "@example.com"})
		project.AddProfile(supabasetest.Profile{ID: id, Tier: "pro"})
		want = append(want, id)
	}
	c := serve(t, project)
	var got []string
	for after := ""; ; after = got[len(got)-1] {
		page, err := c.Profiles(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			got = append(got, p.ID)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("profiles = %d rows, want %d in the order of their ids", len(got), len(want))
	}
}

func TestOneUserByID(t *testing.T) {
	t.Parallel()
	project := supabasetest.New(supabasetest.Config{})
	id := project.AddUser(supabasetest.User{Email: "ada@example.com"})
	c := serve(t, project)
	if u, err := c.User(t.Context(), id); err != nil || u.Email != "ada@example.com" || u.Proven() {
		t.Errorf("User = %+v, %v", u, err)
	}
	if _, err := c.User(t.Context(), "../users/none"); !errors.Is(err, supabase.ErrNotFound) {
		t.Errorf("User of another id = %v, want ErrNotFound", err)
	}
}
