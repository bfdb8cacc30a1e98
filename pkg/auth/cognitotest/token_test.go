package cognitotest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

const issuer = "https://cognito-idp.us-east-2.amazonaws.com/" + poolID

// drop removes the generated claims after checking that they are there.
func drop(t *testing.T, c object, names ...string) {
	t.Helper()
	for _, name := range names {
		if s, _ := c[name].(string); len(s) != 36 {
			t.Errorf("claim %s = %v, want a UUID", name, c[name])
		}
		delete(c, name)
	}
}

func TestTokenClaims(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	_, err := p.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{
		UserPoolId: aws.String(poolID), Username: &sub, UserAttributes: []types.AttributeType{
			{Name: aws.String("name"), Value: aws.String("Ada")}, {Name: aws.String("custom:stripe_customer_id"), Value: aws.String("cus_1")},
		},
	})
	ok(t, "AdminUpdateUserAttributes", err)
	r := p.login(t, email, password)
	at := float64(p.clock.now().Unix())

	access, id := claims(t, r.AccessToken), claims(t, r.IdToken)
	if access["origin_jti"] != id["origin_jti"] || access["event_id"] != id["event_id"] || access["jti"] == id["jti"] {
		t.Errorf("origin_jti, event_id, jti = %v %v %v and %v %v %v, want the first two shared",
			access["origin_jti"], access["event_id"], access["jti"], id["origin_jti"], id["event_id"], id["jti"])
	}
	drop(t, access, "origin_jti", "event_id", "jti")
	drop(t, id, "origin_jti", "event_id", "jti")
	wantAccess := object{
		"sub": sub, "iss": issuer, "client_id": clientID, "token_use": "access", "scope": "aws.cognito.signin.user.admin",
		"auth_time": at, "iat": at, "exp": at + 3600, "username": sub,
	}
	if diff := cmp.Diff(wantAccess, access); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	wantID := object{
		"sub": sub, "iss": issuer, "aud": clientID, "token_use": "id", "cognito:username": sub, "email": email,
		"email_verified": true, "name": "Ada", "auth_time": at, "iat": at, "exp": at + 3600,
	}
	if diff := cmp.Diff(wantID, id); diff != "" {
		t.Errorf("identity token (-want +got):\n%s", diff)
	}
}

func TestTokensAreSignedByTheirOwnKeys(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	set := sharedKeys()
	for _, tt := range []struct {
		name, token, kid string
		key              any
	}{
		{"access", *r.AccessToken, set.AccessToken.ID, set.AccessToken.Private.Public()},
		{"identity", *r.IdToken, set.IDToken.ID, set.IDToken.Private.Public()},
	} {
		parsed, err := jwt.Parse(tt.token, func(*jwt.Token) (any, error) { return tt.key, nil },
			jwt.WithTimeFunc(p.clock.now), jwt.WithValidMethods([]string{"RS256"}))
		if err != nil || parsed.Header["kid"] != tt.kid {
			t.Errorf("%s token: kid %v, error %v, want %s and none", tt.name, parsed.Header["kid"], err, tt.kid)
		}
	}
}

func (p *pool) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.url+path, nil)
	ok(t, "NewRequest", err)
	res, err := p.http.Do(req)
	ok(t, "GET "+path, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ok(t, "read "+path, err)
	return res, string(body)
}

func TestWellKnown(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	_, body := p.get(t, "/"+poolID+"/.well-known/jwks.json")
	var set struct{ Keys []struct{ Kid string } }
	ok(t, "decode the key set", json.Unmarshal([]byte(body), &set))
	want := sharedKeys()
	if len(set.Keys) != 2 || set.Keys[0].Kid != want.IDToken.ID || set.Keys[1].Kid != want.AccessToken.ID {
		t.Errorf("key set = %+v, want %s and %s", set.Keys, want.IDToken.ID, want.AccessToken.ID)
	}
	_, body = p.get(t, "/"+poolID+"/.well-known/openid-configuration")
	doc := asObject(t, body)
	if doc["issuer"] != issuer || doc["jwks_uri"] != "http://pool.test/"+poolID+"/.well-known/jwks.json" {
		t.Errorf("issuer %v, jwks_uri %v", doc["issuer"], doc["jwks_uri"])
	}
	if res, _ := p.get(t, "/us-east-2_Other/.well-known/jwks.json"); res.StatusCode != http.StatusNotFound {
		t.Errorf("another pool's keys: status %d, want 404", res.StatusCode)
	}
}

func TestAccessTokenChecks(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	whole := claims(t, r.AccessToken)
	with := func(change func(object)) string {
		c := object{}
		for k, v := range whole {
			c[k] = v
		}
		change(c)
		token, err := p.server.SignAccess(c)
		ok(t, "SignAccess", err)
		return token
	}
	byIDKey, err := p.server.SignID(whole)
	ok(t, "SignID", err)
	const invalid = "Invalid Access Token"
	tests := []struct{ name, token, code, message string }{
		{"an identity token", *r.IdToken, "NotAuthorizedException", invalid},
		{"text", "junk", "NotAuthorizedException", invalid},
		{"a changed signature", (*r.AccessToken)[:len(*r.AccessToken)-8] + "AAAAAAAA", "NotAuthorizedException", invalid},
		{"the other key", byIDKey, "NotAuthorizedException", invalid},
		{"another issuer", with(func(c object) { c["iss"] = issuer + "x" }), "NotAuthorizedException", invalid},
		{"another use", with(func(c object) { c["token_use"] = "id" }), "NotAuthorizedException", invalid},
		{"no end", with(func(c object) { delete(c, "exp") }), "NotAuthorizedException", invalid},
		{"past its end", with(func(c object) { c["exp"] = 1 }), "NotAuthorizedException", "Access Token has expired"},
		{"another scope", with(func(c object) { c["scope"] = "openid email" }), "NotAuthorizedException", "Access Token does not have required scopes"},
		{"an unknown sign-in", with(func(c object) { c["origin_jti"] = "x" }), "UserNotFoundException", "User does not exist."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &tt.token})
			wantError(t, "GetUser", err, tt.code, tt.message)
		})
	}
	_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: aws.String(with(func(object) {}))})
	ok(t, "GetUser with the unchanged claims", err)
	p.clock.advance(time.Hour + time.Second)
	_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: r.AccessToken})
	wantError(t, "an hour later", err, "NotAuthorizedException", "Access Token has expired")
}

// refresh uses the flow REFRESH_TOKEN_AUTH.
func (p *pool) refresh(t *testing.T, token *string) (*types.AuthenticationResultType, error) {
	t.Helper()
	out, err := p.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: aws.String(clientID), AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": *token},
	})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// rotate uses GetTokensFromRefreshToken.
func (p *pool) rotate(t *testing.T, token *string) (*types.AuthenticationResultType, error) {
	t.Helper()
	out, err := p.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{ClientId: aws.String(clientID), RefreshToken: token})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	first := p.login(t, email, password)
	if n := strings.Count(*first.RefreshToken, "."); n != 4 {
		t.Errorf("refresh token has %d points, want 4 as Cognito's", n)
	}
	p.clock.advance(24 * time.Hour)
	for name, f := range map[string]func(*testing.T, *string) (*types.AuthenticationResultType, error){"flow": p.refresh, "operation": p.rotate} {
		next, err := f(t, first.RefreshToken)
		ok(t, name, err)
		if next.RefreshToken != nil {
			t.Errorf("%s: a new refresh token came without rotation", name)
		}
		was, is := claims(t, first.AccessToken), claims(t, next.AccessToken)
		if was["origin_jti"] != is["origin_jti"] || was["auth_time"] != is["auth_time"] || was["jti"] == is["jti"] || is["iat"] == was["iat"] {
			t.Errorf("%s: claims %v after %v, want the sign-in's origin_jti and auth_time with a new jti and iat", name, is, was)
		}
	}
	p.clock.advance(29 * 24 * time.Hour)
	_, err := p.refresh(t, first.RefreshToken)
	ok(t, "on the 30th day", err)
	p.clock.advance(time.Second)
	_, err = p.refresh(t, first.RefreshToken)
	wantError(t, "after 30 days", err, "NotAuthorizedException", "Refresh Token has expired")
}

func TestRefreshRefusals(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	_, err := p.refresh(t, aws.String("junk"))
	wantError(t, "junk", err, "NotAuthorizedException", "Invalid Refresh Token")
	_, err = p.refresh(t, r.AccessToken)
	wantError(t, "an access token", err, "NotAuthorizedException", "Invalid Refresh Token")
	p.disable(t, email)
	_, err = p.refresh(t, r.RefreshToken)
	wantError(t, "a disabled user", err, "NotAuthorizedException", "Refresh Token has been revoked")
}

func TestRotation(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *configuration) { c.Rotation.On, c.Rotation.Grace = true, 30*time.Second })
	p.confirmed(t, email)
	first := p.login(t, email, password)
	second, err := p.rotate(t, first.RefreshToken)
	ok(t, "the first rotation", err)
	if second.RefreshToken == nil || *second.RefreshToken == *first.RefreshToken {
		t.Fatal("rotation answered no new refresh token")
	}
	p.clock.advance(20 * time.Second)
	_, err = p.rotate(t, first.RefreshToken)
	ok(t, "the replaced token within its grace", err)
	p.clock.advance(10*time.Second + time.Millisecond)
	_, err = p.rotate(t, first.RefreshToken)
	wantError(t, "the replaced token after its grace", err, "RefreshTokenReuseException", "Refresh token has been invalidated by rotation.")
	third, err := p.rotate(t, second.RefreshToken)
	ok(t, "the second rotation", err)
	p.clock.advance(30*24*time.Hour - 30*time.Second)
	_, err = p.rotate(t, third.RefreshToken)
	wantError(t, "rotation does not prolong the sign-in", err, "NotAuthorizedException", "Refresh Token has expired")
}

func TestSignOut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		other bool // another sign-in of the user ends too
		act   func(*testing.T, *pool, *types.AuthenticationResultType) error
	}{
		{name: "the user everywhere", other: true, act: func(t *testing.T, p *pool, r *types.AuthenticationResultType) error {
			_, err := p.GlobalSignOut(t.Context(), &cip.GlobalSignOutInput{AccessToken: r.AccessToken})
			return err
		}},
		{name: "the owner, of a user", other: true, act: func(t *testing.T, p *pool, _ *types.AuthenticationResultType) error {
			_, err := p.AdminUserGlobalSignOut(t.Context(), &cip.AdminUserGlobalSignOutInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
			return err
		}},
		{name: "one sign-in by its refresh token", act: func(t *testing.T, p *pool, r *types.AuthenticationResultType) error {
			_, err := p.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: aws.String(clientID), Token: r.RefreshToken})
			return err
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t)
			p.confirmed(t, email)
			p.confirmed(t, "bob@example.com")
			one, two, bob := p.login(t, email, password), p.login(t, email, password), p.login(t, "bob@example.com", password)
			ok(t, tt.name, tt.act(t, p, one))
			_, err := p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: one.AccessToken})
			wantError(t, "GetUser", err, "NotAuthorizedException", "Access Token has been revoked")
			_, err = p.refresh(t, one.RefreshToken)
			wantError(t, "refresh", err, "NotAuthorizedException", "Refresh Token has been revoked")
			_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: two.AccessToken})
			if (err != nil) != tt.other {
				t.Errorf("the user's other sign-in: %v, want ended = %t", err, tt.other)
			}
			_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: bob.AccessToken})
			ok(t, "another user's sign-in", err)
			p.login(t, email, password)
		})
	}
}

func TestRevokeTokenRefusals(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.confirmed(t, email)
	r := p.login(t, email, password)
	_, err := p.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: aws.String(clientID), Token: r.AccessToken})
	wantError(t, "an access token", err, "UnsupportedTokenTypeException", "Only refresh tokens can be revoked.")
	_, err = p.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: aws.String(clientID), Token: aws.String("junk")})
	wantError(t, "junk", err, "NotAuthorizedException", "Invalid Refresh Token")
	_, err = p.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: aws.String("other1"), Token: r.RefreshToken})
	wantError(t, "another client", err, "ResourceNotFoundException", "User pool client other1 does not exist.")
}

func TestIssue(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	sub := p.confirmed(t, email)
	access, id, err := p.server.Issue(sub)
	ok(t, "Issue", err)
	if c := claims(t, &id); c["email"] != email || c["sub"] != sub {
		t.Errorf("identity token is of %v <%v>, want %s <%s>", c["sub"], c["email"], sub, email)
	}
	_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &access})
	ok(t, "GetUser with an issued token", err)

	access, _, err = p.server.Issue("11111111-2222-4333-8444-555555555555")
	ok(t, "Issue for an unknown sub", err)
	if c := claims(t, &access); c["sub"] != "11111111-2222-4333-8444-555555555555" || c["token_use"] != "access" {
		t.Errorf("access token = %v, want one of the sub", c)
	}
	_, err = p.GetUser(t.Context(), &cip.GetUserInput{AccessToken: &access})
	wantError(t, "GetUser of nobody", err, "UserNotFoundException", "User does not exist.")
}
