package supabase_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"callanalyst/pkg/migration/supabase"
)

func randomText() string { return rand.Text()[:10] }

// FuzzSignInAnswer feeds answers to a sign-in: whatever comes, the outcome is a
// session with a user, or one of the errors.
func FuzzSignInAnswer(f *testing.F) {
	for _, body := range []string{
		`{"access_token":"eyJ","user":{"id":"1","email":"a@example.com","email_confirmed_at":"2025-03-01T09:00:00Z"}}`,
		`{"code":400,"error_code":"invalid_credentials"}`, `{"code":"user_banned"}`, `{"error":"invalid_grant"}`, `<html>`, `null`, `{"user":null}`,
	} {
		f.Add(200, body)
		f.Add(400, body)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 {
			return
		}
		s, err := serve(t, canned(status, nil, body)).SignIn(t.Context(), "a@example.com", "pw")
		if err == nil {
			if status/100 != 2 || s.User.ID == "" || s.Token == "" {
				t.Errorf("%d %q passed with %+v", status, body, s)
			}
			return
		}
		for _, kind := range []error{supabase.ErrCredentials, supabase.ErrUnconfirmed, supabase.ErrBanned, supabase.ErrBusy, supabase.ErrUnavailable, supabase.ErrSetup, supabase.ErrNotFound} {
			if errors.Is(err, kind) {
				return
			}
		}
		t.Errorf("%d %q: error of no kind: %v", status, body, err)
	})
}
