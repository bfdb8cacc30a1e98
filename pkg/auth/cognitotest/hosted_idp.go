package cognitotest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// profile is what a provider says of an account.
type profile struct {
	subject, email, name string
	verified             bool
}

// attributes are the mapped ones. A name that the provider does not send again is
// left as it was.
func (p profile) attributes() map[string]string {
	out := map[string]string{"email": p.email, "email_verified": strconv.FormatBool(p.verified)}
	if p.name != "" {
		out["name"] = p.name
	}
	return out
}

// subjectFor is an account's id at a provider: always the same for an address, in
// the provider's form.
func subjectFor(provider, email string) string {
	sum := sha256.Sum256([]byte(provider + ":" + lower(email)))
	if provider == ProviderApple {
		h := hex.EncodeToString(sum[:])
		return fmt.Sprintf("00%04d.%s.%04d", int(sum[0])<<2, h[:32], int(sum[1])<<2)
	}
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(20), nil)
	n := new(big.Int).SetBytes(sum[:])
	return fmt.Sprintf("1%020d", n.Mod(n, limit))
}

// relayFor is the address that hides another one at Apple.
func relayFor(email string) string {
	sum := sha256.Sum256([]byte("relay:" + lower(email)))
	return hex.EncodeToString(sum[:])[:10] + "@privaterelay.appleid.com"
}

// providerOf names the provider of a pretend account page.
func providerOf(page string) (string, bool) {
	switch page {
	case "google":
		return ProviderGoogle, true
	case "apple":
		return ProviderApple, true
	}
	return "", false
}

// accountPage is a provider's page on which a person chooses an account.
func (s *Server) accountPage(w http.ResponseWriter, r *http.Request) {
	provider, ok := providerOf(r.PathValue("provider"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.render(w, http.StatusOK, "account.html", page{
		Title: strings.TrimPrefix(provider, "SignInWith") + " account", Apple: provider == ProviderApple,
		State: r.URL.Query().Get("state"),
	})
}

// accountSubmit is the provider's consent: it returns to the pool with a code.
func (s *Server) accountSubmit(w http.ResponseWriter, r *http.Request) {
	provider, ok := providerOf(r.PathValue("provider"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	q := url.Values{"state": {r.PostFormValue("state")}}
	if r.PostFormValue("action") == "cancel" {
		q.Set("error", "access_denied")
		http.Redirect(w, r, "/oauth2/idpresponse?"+q.Encode(), http.StatusSeeOther)
		return
	}
	p, err := s.consent(provider, r)
	if err != nil {
		s.render(w, http.StatusBadRequest, "account.html", page{
			Title: provider + " account", Apple: provider == ProviderApple, State: q.Get("state"), Problem: err.Error(),
		})
		return
	}
	code, err := s.random.token(32)
	if err != nil {
		s.errorPage(w, err.Error())
		return
	}
	s.hosted.profiles.put(code, p, s.now(), s.now().Add(codeLifetime))
	q.Set("code", code)
	http.Redirect(w, r, "/oauth2/idpresponse?"+q.Encode(), http.StatusSeeOther)
}

// consent reads the form. Apple tells the name only the first time.
func (s *Server) consent(provider string, r *http.Request) (profile, error) {
	email := strings.TrimSpace(r.PostFormValue("email"))
	if !isEmail(email) {
		return profile{}, errors.New("enter an e-mail address, such as ada@example.com")
	}
	p := profile{
		subject: subjectFor(provider, email), email: email, name: strings.TrimSpace(r.PostFormValue("name")),
		verified: r.PostFormValue("email_verified") == "true",
	}
	if provider != ProviderApple {
		return p, nil
	}
	if r.PostFormValue("hide_email") == "true" {
		p.email = relayFor(email)
	}
	if _, known := s.users.owner(provider, p.subject); known {
		p.name = ""
	}
	return p, nil
}

// idpResponse is where a provider returns to.
func (s *Server) idpResponse(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	f, state := s.hosted.flows.take(q.Get("state"), s.now())
	if state != ticketValid {
		s.errorPage(w, "This sign-in is no longer open. Go back to the application and start again.")
		return
	}
	if problem := q.Get("error"); problem != "" {
		s.sendBack(w, r, f, &oauthError{problem, "The user cancelled the sign-in."})
		return
	}
	p, state := s.hosted.profiles.take(q.Get("code"), s.now())
	if state != ticketValid {
		s.sendBack(w, r, f, &oauthError{"invalid_request", "The provider's code is not valid."})
		return
	}
	u, err := s.federatedSignIn(r.Context(), f.provider, p)
	if err != nil {
		s.sendBack(w, r, f, &oauthError{"invalid_request", federatedMessage(err)})
		return
	}
	s.signedInBrowser(w, r, f, u, f.provider)
}
