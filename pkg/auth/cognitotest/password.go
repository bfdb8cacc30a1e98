package cognitotest

import (
	"strings"
	"unicode"

	"callanalyst/pkg/auth/cognitotest/srp"
)

// The pool's password policy.
const (
	passwordMin = 12
	passwordMax = 256
)

// symbols are the characters that Cognito counts as symbols.
const symbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- "

// Cognito words a refused password differently by who sets it.
const (
	policySignUp = "Password did not conform with policy: "
	policyChange = "Password does not conform to policy: "
	policyAdmin  = "Password did not conform with password policy: "
)

// checkPassword holds password against the pool's policy. The message begins
// with prefix.
func checkPassword(prefix, password string) error {
	if len(password) > passwordMax || strings.TrimSpace(password) != password || password == "" {
		return errParameter("1 validation error detected: Value at 'password' failed to satisfy constraint: " +
			"Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$")
	}
	has := func(ok func(rune) bool) bool { return strings.ContainsFunc(password, ok) }
	rules := []struct {
		broken  bool
		message string
	}{
		{len(password) < passwordMin, "Password not long enough"},
		{!has(func(r rune) bool { return r < unicode.MaxASCII && unicode.IsUpper(r) }), "Password must have uppercase characters"},
		{!has(func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLower(r) }), "Password must have lowercase characters"},
		{!has(func(r rune) bool { return '0' <= r && r <= '9' }), "Password must have numeric characters"},
		{!strings.ContainsAny(password, symbols), "Password must have symbol characters"},
	}
	for _, rule := range rules {
		if rule.broken {
			return fail("InvalidPasswordException", prefix+rule.message)
		}
	}
	return nil
}

// verifier derives what the pool keeps of a password.
func (s *Server) verifier(username, password string) (*srp.Verifier, error) {
	v, err := srp.NewVerifier(s.random, s.cfg.poolName(), username, password)
	if err != nil {
		return nil, errInternal(err)
	}
	return &v, nil
}

// passwordMatches reports whether u signs in with password.
func (s *Server) passwordMatches(u user, password string) bool {
	return u.Password != nil && u.Password.Matches(s.cfg.poolName(), u.Username, password)
}
