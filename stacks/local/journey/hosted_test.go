package journey_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/stacks/local/stack"
)

// verifier is the browser's half of PKCE.
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// account is a person at Google or Apple.
type account struct {
	provider string // cognitotest.ProviderGoogle or ProviderApple
	email    string
	proven   bool // the provider vouches for the address
}

func atGoogle(email string) account {
	return account{provider: cognitotest.ProviderGoogle, email: email, proven: true}
}

// federate signs a person in by the pool's pages, as a browser does, and returns
// their tokens, or what the pool says instead. A client starts once more when
// Cognito has linked the very sign-in it answers.
func (l *local) federate(a account) (tokens, error) {
	l.t.Helper()
	back, err := l.visit(a)
	if err == nil && strings.Contains(back.Query().Get("error_description"), "Already found an entry for username") {
		back, err = l.visit(a)
	}
	if err != nil {
		return tokens{}, err
	}
	if problem := back.Query().Get("error_description"); problem != "" {
		return tokens{}, fmt.Errorf("%s: %s", back.Query().Get("error"), problem)
	}
	return l.exchange(back.Query().Get("code"))
}

// visit goes from /oauth2/authorize through the provider's page and back to the
// site, and returns the address there.
func (l *local) visit(a account) (back *url.URL, err error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	site := l.URL("edge")
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		back = r.URL
		if strings.HasPrefix(r.URL.String(), site) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	challenge := sha256.Sum256([]byte(verifier))
	page, err := l.open(client, http.MethodGet, l.URL("aws")+"/oauth2/authorize?"+url.Values{
		"client_id": {stack.ClientID}, "response_type": {"code"}, "scope": {"openid email profile aws.cognito.signin.user.admin"},
		"redirect_uri": {site + "/callback"}, "identity_provider": {a.provider}, "state": {"s"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode(), nil)
	if err != nil {
		return nil, err
	}
	form := url.Values{"email": {a.email}, "name": {"Grace"}, "state": {page.Query().Get("state")}, "action": {"continue"}}
	if a.proven {
		form.Set("email_verified", "true")
	}
	_, err = l.open(client, http.MethodPost, page.String(), form)
	return back, err
}

// open opens a page and returns where the browser is then.
func (l *local) open(client *http.Client, method, address string, form url.Values) (*url.URL, error) {
	req, err := http.NewRequestWithContext(l.t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s answered %s", resp.Request.URL.Path, resp.Status)
	}
	return resp.Request.URL, nil
}

// exchange turns a code into tokens.
func (l *local) exchange(code string) (tokens, error) {
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {stack.ClientID}, "code": {code},
		"redirect_uri": {l.URL("edge") + "/callback"}, "code_verifier": {verifier},
	}
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.URL("aws")+"/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		return tokens{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := l.http.Do(req)
	if err != nil {
		return tokens{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	var out struct {
		Access  string `json:"access_token"`
		ID      string `json:"id_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || out.Access == "" {
		return tokens{}, fmt.Errorf("/oauth2/token answered %s: %w", resp.Status, err)
	}
	return tokens{Access: out.Access, ID: out.ID, Refresh: out.Refresh}, nil
}
