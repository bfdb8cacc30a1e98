package supabasetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/migration"
	"callanalyst/pkg/migration/supabase"
	"callanalyst/pkg/migration/supabasetest"
)

const password = "Legacy-Passw0rd-1!"

// project is the old system, real or pretended, with the same people in it.
type project struct {
	client *supabase.Client
}

func clientOf(t *testing.T, h http.Handler, publishable, secret string) *supabase.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return &supabase.Client{HTTP: server.Client(), Base: server.URL, Secret: func(ctx context.Context, call func(context.Context, supabase.Secret) error) error {
		return call(ctx, supabase.Secret{PublishableKey: publishable, SecretKey: secret})
	}}
}

// pretended is the stand-in.
func pretended(t *testing.T, old bool) project {
	t.Helper()
	s := supabasetest.New(supabasetest.Config{Old: old})
	then := time.Now().Add(-time.Hour)
	s.AddUser(supabasetest.User{Email: "lee@example.com", Password: password, Confirmed: then, Name: "Lee Gacy"})
	s.AddUser(supabasetest.User{Email: "unconfirmed@example.com", Password: password})
	s.AddUser(supabasetest.User{Email: "google@example.com", Confirmed: then})
	return project{clientOf(t, s, "p", "s")}
}

// genuine is the real GoTrue, filled by its own sign-up.
func genuine(t *testing.T) project {
	t.Helper()
	g := startGoTrue(t)
	for _, who := range []string{"lee", "unconfirmed", "google"} {
		body, _ := json.Marshal(map[string]any{"email": who + "@example.com", "password": password, "data": map[string]any{"full_name": "Lee Gacy"}})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+"/signup", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("sign-up of %s at GoTrue = %d", who, resp.StatusCode)
		}
	}
	g.sql(t, `UPDATE auth.users SET email_confirmed_at = NULL WHERE email = 'unconfirmed@example.com';
		UPDATE auth.users SET encrypted_password = '' WHERE email = 'google@example.com';`)
	key, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"role": "service_role", "aud": "authenticated", "exp": time.Now().Add(time.Hour).Unix()}).SignedString([]byte(jwtSecret))
	if err != nil {
		t.Fatal(err)
	}
	return project{clientOf(t, g.behind(t), "publishable", key)}
}

// TestContract asks the stand-in and, on the full run, the real GoTrue on a real
// PostgreSQL the same things.
func TestContract(t *testing.T) {
	t.Parallel()
	projects := map[string]func(*testing.T) project{
		"the stand-in":                 func(t *testing.T) project { return pretended(t, false) },
		"the stand-in in the old form": func(t *testing.T) project { return pretended(t, true) },
	}
	if engines() {
		projects["GoTrue"] = genuine
	}
	for name, open := range projects {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			p.passwords(t)
			p.session(t)
			p.people(t)
			p.door(t)
		})
	}
}

// passwords has each answer to a sign-in.
func (p project) passwords(t *testing.T) {
	t.Helper()
	for _, tt := range []struct {
		name, email, password string
		want                  error
	}{
		{"the right password", "lee@example.com", password, nil},
		{"a wrong password", "lee@example.com", "Not-The-Passw0rd-1!", supabase.ErrCredentials},
		{"the right password in another case", "lee@example.com", "legacy-passw0rd-1!", supabase.ErrCredentials},
		{"nobody", "nobody@example.com", password, supabase.ErrCredentials},
		{"one without a password", "google@example.com", password, supabase.ErrCredentials},
		{"one without a password, with an odd one", "google@example.com", " ", supabase.ErrCredentials},
		{"an address never confirmed", "unconfirmed@example.com", password, supabase.ErrUnconfirmed},
	} {
		s, err := p.client.SignIn(t.Context(), tt.email, tt.password)
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("SignIn of %s = %v, want %v", tt.name, err, tt.want)
		}
		if tt.want == nil && (s.User.Email != tt.email || s.User.ID == "" || s.User.Name() != "Lee Gacy" || !s.User.Proven()) {
			t.Errorf("SignIn of %s = %+v", tt.name, s.User)
		}
	}
}

// session closes what a sign-in opened.
func (p project) session(t *testing.T) {
	t.Helper()
	s, err := p.client.SignIn(t.Context(), "lee@example.com", password)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.client.SignOut(t.Context(), s.Token); err != nil {
		t.Errorf("SignOut = %v", err)
	}
	if err := p.client.SignOut(t.Context(), "eyJhbGciOiJIUzI1NiJ9.e30.x"); err == nil {
		t.Error("SignOut with a token of nobody passed")
	}
}

// people lists everybody, and finds one.
func (p project) people(t *testing.T) {
	t.Helper()
	users, total, err := p.client.Users(t.Context(), 1)
	if err != nil || total != 3 || len(users) != 3 {
		t.Fatalf("Users = %d of %d, %v, want 3", len(users), total, err)
	}
	got := map[string]bool{}
	for _, u := range users {
		got[u.Email] = u.Proven()
		one, err := p.client.User(t.Context(), u.ID)
		if err != nil || one.Email != u.Email {
			t.Errorf("User(%s) = %+v, %v, want %s", u.ID, one, err, u.Email)
		}
	}
	if d := cmp.Diff(map[string]bool{"lee@example.com": true, "google@example.com": true, "unconfirmed@example.com": false}, got); d != "" {
		t.Errorf("who is proven: want -, got +:\n%s", d)
	}
	if users, _, err := p.client.Users(t.Context(), 2); err != nil || len(users) != 0 {
		t.Errorf("page 2 = %d users, %v, want the end", len(users), err)
	}
	if _, err := p.client.User(t.Context(), "00000000-0000-4000-8000-000000000000"); !errors.Is(err, supabase.ErrNotFound) {
		t.Errorf("User of an id of nobody = %v, want ErrNotFound", err)
	}
}

// door goes through the whole decision, with the claim on record.
func (p project) door(t *testing.T) {
	t.Helper()
	db := dynamotest.New(t)
	rows := migration.Rows{DB: db, Table: db.Table("legacy_users"), Now: time.Now}
	d := migration.Door{Supabase: p.client, Rows: rows, Log: slog.New(slog.DiscardHandler), Now: time.Now}
	for _, tt := range []struct {
		email, password string
		want            *migration.Newcomer
		err             error
	}{
		{"Lee@Example.com", password, &migration.Newcomer{Attributes: map[string]string{"email": "lee@example.com", "email_verified": "true", "name": "Lee Gacy"}}, nil},
		{"lee@example.com", "wrong", nil, nil},
		{"google@example.com", password, nil, nil},
		{"unconfirmed@example.com", password, nil, migration.ErrUnconfirmed},
	} {
		got, err := d.SignIn(t.Context(), tt.email, tt.password)
		if d := cmp.Diff(tt.want, got); d != "" || fmt.Sprint(err == nil) != fmt.Sprint(tt.err == nil) || tt.err != nil && !errors.Is(err, tt.err) {
			t.Errorf("Door.SignIn(%s) error %v, want %v; want -, got +:\n%s", tt.email, err, tt.err, d)
		}
	}
	if l, err := rows.Get(t.Context(), "lee@example.com"); err != nil || !l.Waits() {
		t.Errorf("the claim on record = %+v, %v", l, err)
	}
}
