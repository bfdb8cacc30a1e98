package authtest_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

func TestTokenIsGoodUnlessSaidOtherwise(t *testing.T) {
	t.Parallel()
	pool := authtest.New(t)
	v := pool.Verifier(t)
	tests := []struct {
		name string
		with []map[string]any
		want error
	}{
		{name: "as it comes"},
		{name: "a claim replaced", with: []map[string]any{{"token_use": "id"}}, want: auth.TokenInvalid},
		{name: "a claim taken out", with: []map[string]any{{"exp": nil}}, want: auth.TokenInvalid},
		{name: "the last word counts", with: []map[string]any{{"token_use": "id"}, {"token_use": "access"}}},
		{name: "expired", with: []map[string]any{{"exp": time.Now().Add(-time.Hour).Unix()}}, want: auth.TokenExpired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub, tt.with...)); !errors.Is(err, tt.want) {
				t.Errorf("Verify(Token(%v)) = %v, want %v", tt.with, err, tt.want)
			}
		})
	}
}

func TestPoolServesItsKeys(t *testing.T) {
	t.Parallel()
	pool := authtest.New(t)
	server := httptest.NewServer(pool)
	t.Cleanup(server.Close)
	c := pool.Config()
	c.KeySet, c.KeysURL, c.Client = nil, server.URL, server.Client()
	v, err := auth.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
		t.Errorf("Verify with keys from the pool's server: %v", err)
	}
}

func TestRotateKeepsOldKeysUntilRetire(t *testing.T) {
	t.Parallel()
	pool := authtest.New(t)
	old := pool.Token(t, authtest.Sub)
	pool.Rotate(t)
	if _, err := pool.Verifier(t).Verify(t.Context(), old); err != nil {
		t.Errorf("Verify of an old token after Rotate: %v", err)
	}
	pool.Retire()
	pool.Rotate(t)
	if _, err := pool.Verifier(t).Verify(t.Context(), old); !errors.Is(err, auth.TokenInvalid) {
		t.Errorf("Verify of an old token after Retire = %v, want TokenInvalid", err)
	}
}

func TestBlockedLetsNothingOut(t *testing.T) {
	t.Parallel()
	resp, err := (&http.Client{Transport: authtest.Blocked{}}).Get("http://127.0.0.1:1/")
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		t.Error("a request through Blocked was answered")
	}
}
