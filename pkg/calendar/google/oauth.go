// Package google is what the fleet asks of Google: consent to see a calendar, the
// tokens that follow from it, and the calendar's events.
package google

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/calendar"
)

// Scope is what a connection cannot do without: to read events.
const Scope = "https://www.googleapis.com/auth/calendar.events.readonly"

// patience bounds one call: Google answers within a second, or is in trouble.
const patience = 8 * time.Second

// Secret is what callanalyst/google holds.
type Secret struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// Keys calls fn with the secret, and once more with a fresh one when fn's error
// wraps boot.ErrRejected.
type Keys func(ctx context.Context, fn func(context.Context, Secret) error) error

// SecretKeys reads the secret called id through the process's cache.
func SecretKeys(s *boot.Secrets, id string) Keys {
	return func(ctx context.Context, fn func(context.Context, Secret) error) error {
		return boot.Use(ctx, s, id, fn)
	}
}

// OAuth is Google's side of a connection. It is safe for concurrent use.
type OAuth struct {
	AuthBase    string // where people consent: https://accounts.google.com
	TokenBase   string // where tokens are given and taken back: https://oauth2.googleapis.com
	RedirectURL string // the callback; needed to connect only
	HTTP        *http.Client
	Keys        Keys
	Now         func() time.Time
}

func (o *OAuth) config(s Secret) *oauth2.Config {
	return &oauth2.Config{
		ClientID: s.ClientID, ClientSecret: s.ClientSecret, RedirectURL: o.RedirectURL,
		Scopes:   []string{"openid", "email", Scope},
		Endpoint: oauth2.Endpoint{AuthURL: o.AuthBase + "/o/oauth2/v2/auth", TokenURL: o.TokenBase + "/token", AuthStyle: oauth2.AuthStyleInParams},
	}
}

// ConsentURL returns where the user consents. Google gives a refresh token only
// on consent, so it is asked for even of somebody who has given it before.
func (o *OAuth) ConsentURL(ctx context.Context, state, verifier string) (url string, err error) {
	err = o.Keys(ctx, func(_ context.Context, s Secret) error {
		url = o.config(s).AuthCodeURL(state, oauth2.AccessTypeOffline, oauth2.ApprovalForce, oauth2.S256ChallengeOption(verifier),
			oauth2.SetAuthURLParam("include_granted_scopes", "true"))
		return nil
	})
	return url, err
}

// Exchange trades the code of a callback for a grant.
func (o *OAuth) Exchange(ctx context.Context, code, verifier string) (calendar.Grant, error) {
	t, err := o.token(ctx, "exchange code", func(ctx context.Context, cf *oauth2.Config) (*oauth2.Token, error) {
		return cf.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	})
	if errors.Is(err, calendar.ErrRevoked) {
		return calendar.Grant{}, calendar.ErrCode.With(err)
	}
	if err != nil {
		return calendar.Grant{}, err
	}
	account, email := identity(t)
	return calendar.Grant{
		Refresh: t.RefreshToken, Access: t.AccessToken, Until: o.until(t), Account: account, Email: email,
		Scoped: slices.Contains(scopes(t), Scope),
	}, nil
}

// Refresh fetches a new access token. It is calendar.ErrRevoked when there will
// never be one again.
func (o *OAuth) Refresh(ctx context.Context, refresh string) (access string, until time.Time, err error) {
	t, err := o.token(ctx, "refresh", func(ctx context.Context, cf *oauth2.Config) (*oauth2.Token, error) {
		return cf.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return t.AccessToken, o.until(t), nil
}

// until is when the access token ends, by our clock.
func (o *OAuth) until(t *oauth2.Token) time.Time {
	return o.Now().Add(time.Duration(t.ExpiresIn) * time.Second)
}

// token makes one call of the token endpoint.
func (o *OAuth) token(ctx context.Context, doing string, call func(context.Context, *oauth2.Config) (*oauth2.Token, error)) (t *oauth2.Token, err error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	err = o.Keys(ctx, func(ctx context.Context, s Secret) (err error) {
		t, err = call(context.WithValue(ctx, oauth2.HTTPClient, o.HTTP), o.config(s))
		return classify(doing, err)
	})
	return t, err
}

// classify tells what has ended, what is wrong with us, and what may pass. Only
// Google's code goes into the error: its text may hold more.
func classify(doing string, err error) error {
	var refused *oauth2.RetrieveError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &refused), refused.Response.StatusCode >= http.StatusInternalServerError:
		return calendar.ErrGoogle.With(fmt.Errorf("google: %s: %w", doing, silent(err)))
	}
	why := fmt.Errorf("google: %s: %d %q", doing, refused.Response.StatusCode, refused.ErrorCode)
	switch refused.ErrorCode {
	case "invalid_grant":
		return calendar.ErrRevoked.With(why)
	case "invalid_client", "unauthorized_client", "redirect_uri_mismatch":
		return calendar.ErrClient.With(fmt.Errorf("%w: %w", why, boot.ErrRejected))
	}
	return calendar.ErrGoogle.With(why)
}

// silent keeps what an answer of Google's says out of an error.
func silent(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return errors.New(refused.Response.Status)
	}
	return err
}

// scopes are those that the user has granted, which may be fewer than were asked
// for.
func scopes(t *oauth2.Token) []string {
	text, _ := t.Extra("scope").(string)
	return strings.Fields(text)
}
