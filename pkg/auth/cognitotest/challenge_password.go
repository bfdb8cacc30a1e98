package cognitotest

import (
	"encoding/json"
	"strings"
	"time"
)

// temporaryLifetime is how long a temporary password works.
const temporaryLifetime = 7 * 24 * time.Hour

// askNewPassword makes the holder of a temporary password choose one.
func (s *Server) askNewPassword(u user) (any, error) {
	if s.now().After(u.TemporaryUntil) {
		return nil, errNotAuthorized("Temporary password has expired and must be reset by an administrator.")
	}
	attributes := map[string]string{}
	for _, a := range u.readable() {
		if a.Name != "sub" {
			attributes[a.Name] = a.Value
		}
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		return nil, errInternal(err)
	}
	return s.ask(u, challengeNewPassword, map[string]string{
		"requiredAttributes": "[]", "userAttributes": string(text),
	})
}

// answerNewPassword takes the chosen password, and attributes beside it.
func (s *Server) answerNewPassword(in respondRequest) (any, error) {
	u, err := s.session(in)
	if err != nil {
		return nil, err
	}
	password, err := parameter(in.ChallengeResponses, "NEW_PASSWORD")
	if err != nil {
		return nil, err
	}
	if err := checkPassword(policyChange, password); err != nil {
		return nil, err
	}
	changes := challengeAttributes(in.ChallengeResponses)
	if err := checkClientWrite(changes); err != nil {
		return nil, err
	}
	v, err := s.verifier(u.Username, password)
	if err != nil {
		return nil, err
	}
	if err := s.spend(in.Session); err != nil {
		return nil, err
	}
	u, err = s.users.update(u.Username, func(u *user) error {
		u.Password, u.TemporaryUntil = v, time.Time{}
		u.Status, u.Modified = StatusConfirmed, s.now()
		for _, a := range changes {
			u.Attributes[a.Name] = a.Value
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.afterPassword(u)
}

// challengeAttributes are the answers named "userAttributes.<name>".
func challengeAttributes(m map[string]string) []attribute {
	var out []attribute
	for _, key := range sortedKeys(m) {
		if name, ok := strings.CutPrefix(key, "userAttributes."); ok {
			out = append(out, attribute{Name: name, Value: m[key]})
		}
	}
	return out
}
