package auth

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// lastSecond is the end of the year 9999. Later times overflow on one CPU and
// saturate on another.
const lastSecond = 253402300799

// claims are the claims of one token. They are kept as text until the library
// has checked the signature; its first question then decodes them, so nothing
// that a stranger wrote is ever interpreted.
type claims struct {
	clients []string // the app clients that are ours

	text    []byte
	decoded bool
	err     error

	issuer, use                                string
	sub, username, client, scope, id, originID string
	exp, nbf, iat, authTime                    *jwt.NumericDate
}

// UnmarshalJSON implements json.Unmarshaler. It only keeps the text.
func (c *claims) UnmarshalJSON(text []byte) error {
	c.text = bytes.Clone(text)
	return nil
}

// decode reads the text, once.
func (c *claims) decode() error {
	if !c.decoded {
		c.decoded = true
		if members(c.text, c.member) != nil {
			c.err = errClaims
		}
	}
	return c.err
}

// member takes one claim. Those not named here do not matter to us.
func (c *claims) member(name string, value []byte) error {
	if s := c.stringClaim(name); s != nil {
		return text(value, s)
	}
	if d := c.timeClaim(name); d != nil {
		return date(value, d)
	}
	return nil
}

func (c *claims) stringClaim(name string) *string {
	switch name {
	case "iss":
		return &c.issuer
	case "token_use":
		return &c.use
	case "sub":
		return &c.sub
	case "username":
		return &c.username
	case "client_id":
		return &c.client
	case "scope":
		return &c.scope
	case "jti":
		return &c.id
	case "origin_jti":
		return &c.originID
	}
	return nil
}

func (c *claims) timeClaim(name string) **jwt.NumericDate {
	switch name {
	case "exp":
		return &c.exp
	case "nbf":
		return &c.nbf
	case "iat":
		return &c.iat
	case "auth_time":
		return &c.authTime
	}
	return nil
}

// date reads whole seconds since 1970, as Cognito writes them: no text, no
// fraction, no exponent, no sign.
func date(value []byte, d **jwt.NumericDate) error {
	n, err := strconv.ParseUint(string(value), 10, 64)
	if err != nil || n > lastSecond {
		return errClaims
	}
	*d = &jwt.NumericDate{Time: time.Unix(int64(n), 0).UTC()}
	return nil
}

// Validate implements jwt.ClaimsValidator. The library calls it after it has
// checked the signature, beside its own checks of the issuer and the times.
func (c *claims) Validate() error {
	if err := c.decode(); err != nil {
		return err
	}
	switch {
	case c.use != "access":
		return errUse
	case !slices.Contains(c.clients, c.client):
		return errClient
	case !isUUID(c.sub):
		return errSubject
	}
	return nil
}

// isUUID reports whether s has the form of Cognito's subs. Rows are keyed by the
// sub, so no other text may ever stand in for one.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		switch i {
		case 8, 13, 18, 23:
			if s[i] != '-' {
				return false
			}
		default:
			if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
				return false
			}
		}
	}
	return true
}

func (c *claims) caller() Caller {
	return Caller{
		Sub: c.sub, Username: c.username, ClientID: c.client, Scope: c.scope, TokenID: c.id, OriginID: c.originID,
		AuthTime: timeOf(c.authTime), IssuedAt: timeOf(c.iat), ExpiresAt: timeOf(c.exp),
	}
}

func timeOf(d *jwt.NumericDate) time.Time {
	if d == nil {
		return time.Time{}
	}
	return d.Time
}

// GetExpirationTime implements jwt.Claims.
func (c *claims) GetExpirationTime() (*jwt.NumericDate, error) {
	err := c.decode()
	return c.exp, err
}

// GetNotBefore implements jwt.Claims.
func (c *claims) GetNotBefore() (*jwt.NumericDate, error) {
	err := c.decode()
	return c.nbf, err
}

// GetIssuedAt implements jwt.Claims.
func (c *claims) GetIssuedAt() (*jwt.NumericDate, error) {
	err := c.decode()
	return c.iat, err
}

// GetIssuer implements jwt.Claims.
func (c *claims) GetIssuer() (string, error) {
	err := c.decode()
	return c.issuer, err
}

// GetSubject implements jwt.Claims.
func (c *claims) GetSubject() (string, error) {
	err := c.decode()
	return c.sub, err
}

// GetAudience implements jwt.Claims. Access tokens have none.
func (c *claims) GetAudience() (jwt.ClaimStrings, error) { return nil, nil }
