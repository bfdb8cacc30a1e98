package cognitotest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
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

// federatedMessage is the text of the redirect. Behind a trigger's error Cognito
// leaves a blank.
func federatedMessage(err error) string {
	var e *apiError
	if !errors.As(err, &e) {
		return err.Error()
	}
	if e.kind == "UserLambdaValidationException" {
		return e.message + " "
	}
	return e.message
}

// federatedSignIn returns the user whom the provider vouches for: the one who has
// the identity, or a new one if the trigger allows it.
func (s *Server) federatedSignIn(ctx context.Context, provider string, p profile) (user, error) {
	u, known := s.users.owner(provider, p.subject)
	if !known {
		return s.federatedSignUp(ctx, provider, p)
	}
	if u.Disabled {
		return user{}, errDisabled()
	}
	return s.remap(u, p)
}

// remap writes the provider's attributes over the user's, as Cognito does at each
// federated sign-in. An address that is another user's is left out.
func (s *Server) remap(u user, p profile) (user, error) {
	write := func(attributes map[string]string) (user, error) {
		return s.users.update(u.Username, func(u *user) error {
			maps.Copy(u.Attributes, attributes)
			u.Modified = s.now()
			return nil
		})
	}
	attributes := p.attributes()
	if next, err := write(attributes); err == nil {
		return next, nil
	}
	delete(attributes, "email")
	delete(attributes, "email_verified")
	return write(attributes)
}

// federatedSignUp makes a user of a new identity. The trigger may refuse it, or
// link it to another user.
func (s *Server) federatedSignUp(ctx context.Context, provider string, p profile) (user, error) {
	name := federatedName(provider, p.subject)
	seen := p.attributes()
	seen["cognito:email_alias"], seen["cognito:phone_number_alias"] = "", ""
	_, err := s.preSignUp(ctx, "PreSignUp_ExternalProvider", user{Username: name}, preSignUpRequest{
		UserAttributes: seen, ValidationData: map[string]string{},
	}, s.cfg.ClientID)
	if err != nil {
		return user{}, err
	}
	if linked, ok := s.users.owner(provider, p.subject); ok {
		if !s.cfg.LinkInPlace {
			return user{}, errParameter("Already found an entry for username " + name)
		}
		return s.remap(linked, p)
	}
	return s.createFederated(ctx, name, provider, p)
}

func (s *Server) createFederated(ctx context.Context, name, provider string, p profile) (user, error) {
	sub, err := s.random.uuid()
	if err != nil {
		return user{}, err
	}
	u := user{
		Username: name, Sub: sub, Status: StatusExternalProvider, Attributes: p.attributes(),
		Created: s.now(), Modified: s.now(),
		Identities: []identity{s.newIdentity(provider, p.subject, true)},
	}
	if err := s.users.insert(u); err != nil {
		return user{}, errParameter("Already found an entry for username " + name)
	}
	return u, s.postConfirmation(ctx, confirmSource, u, s.cfg.ClientID, nil)
}
