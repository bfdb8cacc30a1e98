package googletest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	codeLife   = 10 * time.Minute
	accessLife = 3599 * time.Second
	// maxGrants is how many refresh tokens one account has with one client; the
	// oldest ends when there is one more.
	maxGrants = 100
)

// state is everything that consent has made.
type state struct {
	Codes  map[string]*code
	Grants []*grant // in the order they were made
	Access map[string]access

	Channels map[string]*channel // by id
}

func newState() state {
	return state{Codes: map[string]*code{}, Access: map[string]access{}, Channels: map[string]*channel{}}
}

// code is an authorization code.
type code struct {
	Email, Challenge, Redirect string
	Scopes                     []string
	Offline                    bool
	Made                       time.Time
}

// grant is one refresh token.
type grant struct {
	Email, Refresh string
	Scopes         []string
}

// access is one access token.
type access struct {
	Email, Refresh string // the grant it came from; Refresh is "" for a code's without one
	Scopes         []string
	Until          time.Time
}

// request is what the browser brings to the consent page.
type request struct {
	ClientID, Redirect, Type, State, Challenge, Method, AccessType, Prompt, Hint string
	Scopes                                                                       []string
}

func requestOf(q url.Values) request {
	return request{
		ClientID: q.Get("client_id"), Redirect: q.Get("redirect_uri"), Type: q.Get("response_type"), State: q.Get("state"),
		Challenge: q.Get("code_challenge"), Method: q.Get("code_challenge_method"), AccessType: q.Get("access_type"),
		Prompt: q.Get("prompt"), Hint: q.Get("login_hint"), Scopes: strings.Fields(q.Get("scope")),
	}
}

// wrong says what Google shows an error page for instead of asking anybody: it
// sends nobody to an address that is not the client's.
func (s *Server) wrong(r request) string {
	switch {
	case r.ClientID != s.cfg.ClientID:
		return "Error 401: invalid_client"
	case s.cfg.Redirects != nil && !slices.Contains(s.cfg.Redirects, r.Redirect):
		return "Error 400: redirect_uri_mismatch"
	case r.Type != "code", len(r.Scopes) == 0, r.Challenge != "" && r.Method != "S256":
		return "Error 400: invalid_request"
	}
	return ""
}

// allow makes a code for what was ticked. Google adds what the account granted
// before.
func (s *Server) allow(r request, email string, scopes []string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := true
	for _, g := range s.st.Grants {
		if g.Email == email {
			first = false
			scopes = union(scopes, g.Scopes)
		}
	}
	text := s.secret("4/0A")
	s.st.Codes[text] = &code{
		Email: email, Challenge: r.Challenge, Redirect: r.Redirect, Scopes: scopes, Made: s.cfg.Now(),
		Offline: r.AccessType == "offline" && (first || strings.Contains(r.Prompt, "consent")),
	}
	return text
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, x := range b {
		if !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}

// token is the token endpoint.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "Malformed body.")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.PostForm.Get("client_id") != s.cfg.ClientID || r.PostForm.Get("client_secret") != s.cfg.ClientSecret {
		refuse(w, http.StatusUnauthorized, "invalid_client", "Unauthorized")
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.redeem(w, r.PostForm)
	case "refresh_token":
		s.refresh(w, r.PostForm)
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type.")
	}
}

// redeem trades a code, once.
func (s *Server) redeem(w http.ResponseWriter, form url.Values) {
	c, ok := s.st.Codes[form.Get("code")]
	switch {
	case !ok, s.cfg.Now().Sub(c.Made) > codeLife:
		refuse(w, http.StatusBadRequest, "invalid_grant", "Malformed auth code.")
		return
	case c.Redirect != form.Get("redirect_uri"):
		refuse(w, http.StatusBadRequest, "redirect_uri_mismatch", "Bad Request")
		return
	case c.Challenge != "" && c.Challenge != challenge(form.Get("code_verifier")):
		refuse(w, http.StatusBadRequest, "invalid_grant", "Invalid code verifier.")
		return
	}
	delete(s.st.Codes, form.Get("code"))
	refresh := ""
	if c.Offline {
		refresh = s.secret("1//0")
		s.st.Grants = append(s.st.Grants, &grant{Email: c.Email, Refresh: refresh, Scopes: c.Scopes})
		s.forgetOldest(c.Email)
	}
	out := s.answer(c.Email, refresh, c.Scopes)
	if refresh != "" {
		out["refresh_token"] = refresh
	}
	if slices.Contains(c.Scopes, "openid") {
		out["id_token"] = s.idToken(c.Email)
	}
	respond(w, http.StatusOK, out)
}

// challenge is a verifier's challenge by the method S256.
func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// refresh gives another access token, and never another refresh token.
func (s *Server) refresh(w http.ResponseWriter, form url.Values) {
	for _, g := range s.st.Grants {
		if g.Refresh == form.Get("refresh_token") {
			respond(w, http.StatusOK, s.answer(g.Email, g.Refresh, g.Scopes))
			return
		}
	}
	refuse(w, http.StatusBadRequest, "invalid_grant", "Token has been expired or revoked.")
}

// answer makes an access token and what is said with it.
func (s *Server) answer(email, refresh string, scopes []string) map[string]any {
	token := s.secret("ya29.")
	s.st.Access[token] = access{Email: email, Refresh: refresh, Scopes: scopes, Until: s.cfg.Now().Add(accessLife)}
	return map[string]any{
		"access_token": token, "expires_in": int(accessLife.Seconds()), "scope": strings.Join(scopes, " "), "token_type": "Bearer",
	}
}

// idToken says who the account is. Its signature is none: whoever gets it from
// this server need not check it, and nobody else gets it.
func (s *Server) idToken(email string) string {
	now := s.cfg.Now().Unix()
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"RS256","kid":"test","typ":"JWT"}`) + "." + part(fmt.Sprintf(
		`{"iss":"https://accounts.google.com","azp":%q,"aud":%q,"sub":%q,"email":%q,"email_verified":true,"iat":%d,"exp":%d}`,
		s.cfg.ClientID, s.cfg.ClientID, accountID(email), email, now, now+3600)) + "." + part("unsigned")
}

// accountID is Google's number for an account.
func accountID(email string) string {
	sum := sha256.Sum256([]byte(email))
	return fmt.Sprintf("1%020d", uint64(sum[0])<<32|uint64(sum[1])<<24|uint64(sum[2])<<16|uint64(sum[3])<<8|uint64(sum[4]))
}

// revoke ends every token of the account with this client, whichever of them it
// is told.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	token := r.PostFormValue("token")
	s.mu.Lock()
	defer s.mu.Unlock()
	email := s.st.Access[token].Email
	for _, g := range s.st.Grants {
		if g.Refresh == token {
			email = g.Email
		}
	}
	if email == "" {
		refuse(w, http.StatusBadRequest, "invalid_token", "Token expired or revoked")
		return
	}
	s.end(email)
	respond(w, http.StatusOK, map[string]any{})
}

func refuse(w http.ResponseWriter, status int, code, says string) {
	respond(w, status, map[string]string{"error": code, "error_description": says})
}
