package auth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v, token := pool.Verifier(t), pool.Token(t, authtest.Sub)
	tests := []struct {
		name, header string
		want         error
	}{
		{name: "the scheme as written in the standard", header: "Bearer " + token},
		{name: "the scheme in lower case", header: "bearer " + token},
		{name: "the scheme in any case", header: "bEARER " + token},
		{name: "spaces around and between", header: "  Bearer   " + token + " "},
		{name: "no header", header: "", want: auth.TokenMissing},
		{name: "spaces alone", header: "   ", want: auth.TokenMissing},
		{name: "the scheme alone", header: "Bearer", want: auth.TokenMissing},
		{name: "the scheme and a space", header: "Bearer ", want: auth.TokenMissing},
		{name: "the token alone", header: token, want: auth.TokenMissing},
		{name: "another scheme", header: "Basic " + token, want: auth.TokenMissing},
		{name: "a scheme that begins like ours", header: "BearerX " + token, want: auth.TokenMissing},
		{name: "a tab for the space", header: "Bearer\t" + token, want: auth.TokenMissing},
		{name: "two tokens", header: "Bearer " + token + " " + token, want: auth.TokenInvalid},
		{name: "two tokens with a comma", header: "Bearer " + token + ",Bearer " + token, want: auth.TokenInvalid},
		{name: "something else than a token", header: "Bearer undefined", want: auth.TokenInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := v.Authenticate(t.Context(), tt.header)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Authenticate(%.20q…) = %v, want %v", tt.header, err, tt.want)
			}
			if signedIn := got.Sub == authtest.Sub; signedIn != (tt.want == nil) {
				t.Errorf("Authenticate(%.20q…) = %+v", tt.header, got)
			}
		})
	}
}

func TestZeroVerifierRefusesEveryToken(t *testing.T) {
	t.Parallel()
	token := frozen(t).Token(t, authtest.Sub)
	var missing *auth.Verifier
	for name, v := range map[string]*auth.Verifier{"zero": {}, "nil": missing} {
		if got, err := v.Verify(t.Context(), token); !errors.Is(err, auth.TokenInvalid) || got != (auth.Caller{}) {
			t.Errorf("%s Verifier: Verify = %+v, %v, want TokenInvalid", name, got, err)
		}
		if err := v.Load(t.Context()); !errors.Is(err, auth.ErrConfig) {
			t.Errorf("%s Verifier: Load = %v, want ErrConfig", name, err)
		}
	}
}

func TestNewListsAllThatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := auth.New(auth.Config{})
	if !errors.Is(err, auth.ErrConfig) {
		t.Fatalf("New(nothing) = %v, want ErrConfig", err)
	}
	for _, want := range []string{"Issuer", "ClientIDs", "KeysURL", "Client is missing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("New(nothing) = %q, does not name %s", err, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := frozen(t).Config()
	tests := []struct {
		name   string
		change func(*auth.Config)
		want   string
	}{
		{name: "no issuer", change: func(c *auth.Config) { c.Issuer = "" }, want: "Issuer"},
		{name: "an issuer without TLS", change: func(c *auth.Config) { c.Issuer = "http://cognito-idp.us-east-2.amazonaws.com/p" }, want: "Issuer"},
		{name: "an issuer that is a path", change: func(c *auth.Config) { c.Issuer = "https:///p" }, want: "Issuer"},
		{name: "an issuer with a slash at its end", change: func(c *auth.Config) { c.Issuer += "/" }, want: "Issuer"},
		{name: "no client", change: func(c *auth.Config) { c.ClientIDs = nil }, want: "ClientIDs"},
		{name: "an empty client beside a good one", change: func(c *auth.Config) { c.ClientIDs = []string{"a", ""} }, want: "ClientIDs"},
		{name: "a keys address that is none", change: func(c *auth.Config) { c.KeysURL = "jwks.json" }, want: "KeysURL"},
		{name: "no HTTP client", change: func(c *auth.Config) { c.Client = nil }, want: "Client is missing"},
		{name: "a key set that is not JSON", change: func(c *auth.Config) { c.KeySet = []byte("<html>") }, want: "KeySet"},
		{name: "a key set without keys", change: func(c *auth.Config) { c.KeySet = []byte(`{"keys":[]}`) }, want: "KeySet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := good
			tt.change(&c)
			v, err := auth.New(c)
			if !errors.Is(err, auth.ErrConfig) || !strings.Contains(err.Error(), tt.want) || v != nil {
				t.Errorf("New = %v, %v, want ErrConfig that names %s", v, err, tt.want)
			}
		})
	}
}

func TestNewNeedsNoClockAndNoAddress(t *testing.T) {
	t.Parallel()
	pool := authtest.New(t)
	v, err := auth.New(auth.Config{Issuer: pool.Issuer, ClientIDs: []string{authtest.ClientID}, KeySet: pool.JWKS(), Client: &http.Client{}})
	if err != nil {
		t.Fatalf("New without Now and KeysURL: %v", err)
	}
	if _, err := v.Verify(t.Context(), pool.Token(t, authtest.Sub)); err != nil {
		t.Errorf("Verify on the real clock: %v", err)
	}
	stale := pool.Token(t, authtest.Sub, m{"exp": pool.Now().Unix() - 60})
	if _, err := v.Verify(t.Context(), stale); !errors.Is(err, auth.TokenExpired) {
		t.Errorf("Verify of an expired token on the real clock = %v, want TokenExpired", err)
	}
}

func TestIssuer(t *testing.T) {
	t.Parallel()
	for pool, want := range map[string]string{
		"us-east-2_AbC":  "https://cognito-idp.us-east-2.amazonaws.com/us-east-2_AbC",
		"eu-west-1_a_b1": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a_b1",
	} {
		if got := auth.Issuer(pool); got != want {
			t.Errorf("Issuer(%q) = %q, want %q", pool, got, want)
		}
	}
}
