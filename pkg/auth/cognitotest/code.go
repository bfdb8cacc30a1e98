package cognitotest

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"
)

// purpose is what a code confirms. A user holds one code of each at a time: a new
// one replaces the old.
type purpose string

const (
	confirmSignUp   purpose = "sign-up"
	resetPassword   purpose = "reset"
	verifyAttribute purpose = "verify"
)

// codeDigits is the length of a code.
const codeDigits = 6

// lifetime is how long a code of this purpose may be used.
func (p purpose) lifetime() time.Duration {
	if p == resetPassword {
		return time.Hour
	}
	return 24 * time.Hour
}

// code is what the pool keeps of a code that was sent.
type code struct {
	Hash    string    `json:"hash"`
	Expires time.Time `json:"expires"`
}

// newCode draws a code for u and stores its hash in u.
func (s *Server) newCode(u *user, p purpose) (string, error) {
	plain, err := s.random.digits(codeDigits)
	if err != nil {
		return "", err
	}
	if u.Codes == nil {
		u.Codes = map[purpose]code{}
	}
	u.Codes[p] = code{Hash: codeHash(u.Sub, plain), Expires: s.now().Add(p.lifetime())}
	return plain, nil
}

// useCode spends u's code of this purpose, or says why it cannot.
func (s *Server) useCode(u *user, p purpose, plain string) error {
	c, ok := u.Codes[p]
	if !ok || s.now().After(c.Expires) {
		return errCodeExpired()
	}
	if subtle.ConstantTimeCompare([]byte(c.Hash), []byte(codeHash(u.Sub, plain))) != 1 {
		return errCodeMismatch()
	}
	delete(u.Codes, p)
	return nil
}

func codeHash(sub, plain string) string {
	m := hmac.New(sha256.New, []byte(sub))
	m.Write([]byte(plain))
	return hex.EncodeToString(m.Sum(nil))
}

func (s *Server) now() time.Time { return s.cfg.Now() }

// delivery says where a code went, with the address masked.
type delivery struct {
	AttributeName  string
	DeliveryMedium string
	Destination    string
}

func deliveryTo(email string) delivery {
	return delivery{AttributeName: "email", DeliveryMedium: "EMAIL", Destination: mask(email)}
}

// mask hides an address as Cognito does: the first letters of its two halves.
func mask(email string) string {
	local, domain, _ := strings.Cut(email, "@")
	return first(local) + "***@" + first(domain) + "***"
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}
