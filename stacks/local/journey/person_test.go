package journey_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"callanalyst/stacks/local/stack"
)

// person signs up in a browser and keeps what a person would.
type person struct {
	email  string
	sub    string
	secret string // of the authenticator app
}

// register takes a new person through sign-up and confirmation.
func (l *local) register(s *steps, b *browser, email string) person {
	l.t.Helper()
	p := person{email: email}
	var up struct{ Sub string }
	s.must("sign up with the terms accepted", b, "signUp", ask{"who": email, "password": password, "metadata": terms}, &up)
	p.sub = up.Sub
	var code string
	s.do("read the code in the inbox", func() { code = l.code(email, 1) })
	s.must("confirm with the code", b, "confirm", ask{"who": email, "code": code}, nil)
	return p
}

// appCode is what the authenticator app shows, so many steps of 30 s from now.
// The pool takes each step's code once, and allows for a clock that is one step
// off.
func (p person) appCode(t testing.TB, steps int) string {
	t.Helper()
	code, err := totp.GenerateCode(p.secret, time.Now().Add(time.Duration(steps)*30*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// judge lets aws-jwt-verify decide about both tokens of a sign-in.
func judge(b *browser, p person, got tokens) error {
	for use, token := range map[string]string{"access": got.Access, "id": got.ID} {
		var claims struct {
			Sub      string `json:"sub"`
			Use      string `json:"token_use"`
			Issuer   string `json:"iss"`
			ClientID string `json:"client_id"`
			Audience string `json:"aud"`
			Email    string `json:"email"`
		}
		if err := b.try("verify", ask{"token": token, "use": use}, &claims); err != nil {
			return fmt.Errorf("aws-jwt-verify refuses the %s token: %w", use, err)
		}
		issuer := "https://cognito-idp.us-east-2.amazonaws.com/" + stack.PoolID
		if claims.Sub != p.sub || claims.Use != use || claims.Issuer != issuer || claims.ClientID+claims.Audience != stack.ClientID {
			return fmt.Errorf("the %s token says %+v", use, claims)
		}
	}
	return nil
}

// whole is nil when a registered person has one of everything.
func (l *local) whole(p person) error {
	l.t.Helper()
	customer := l.text("entitlements", p.sub, "stripe_customer_id")
	user, _ := l.Cognito.User(p.sub)
	got := map[string]any{
		"profiles": len(l.rows("profiles", p.sub)), "entitlements": len(l.rows("entitlements", p.sub)), "consents": len(l.rows("consents", p.sub)),
		"Stripe customers": l.customers(p.sub), "welcome mails": l.welcomes(p.email),
	}
	for what, n := range got {
		if n != 1 {
			return fmt.Errorf("there are %d %s, want 1", n, what)
		}
	}
	if customer == "" || user.Attributes["custom:stripe_customer_id"] != customer {
		return fmt.Errorf("the row names the customer %q and Cognito %q, want one and the same", customer, user.Attributes["custom:stripe_customer_id"])
	}
	if v := l.text("entitlements", p.sub, "tos_version"); v != terms["tos_version"] {
		return fmt.Errorf("the accepted terms are %q, want %q", v, terms["tos_version"])
	}
	return nil
}
