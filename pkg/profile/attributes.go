package profile

import (
	"encoding/json"
	"net/url"
	"strings"
	"unicode"
)

const (
	maxName   = 100  // characters of a name that are kept
	maxAvatar = 2048 // bytes of an avatar's address, as long as a Cognito attribute can be
)

// FromAttributes makes the first profile of a user from Cognito's attributes:
// what they signed up with, or what Google or Apple told. They are other
// people's texts: a name loses what would disturb a line of text, and an
// address that is not https is dropped.
func FromAttributes(attributes map[string]string) Profile {
	return Profile{
		Sub:         attributes["sub"],
		Email:       cleanEmail(attributes["email"]),
		Name:        nameOf(attributes),
		AvatarURL:   cleanAvatar(attributes["picture"]),
		Preferences: emptyObject(),
		Custom:      emptyObject(),
		Source:      FromCognito,
	}
}

func emptyObject() json.RawMessage { return json.RawMessage("{}") }

// nameOf takes the whole name, or puts it together: Apple tells only its parts.
func nameOf(attributes map[string]string) string {
	if name := cleanName(attributes["name"]); name != "" {
		return name
	}
	return cleanName(attributes["given_name"] + " " + attributes["family_name"])
}

// cleanEmail makes the address comparable: the pool does not mind its case, and
// the index on it does.
func cleanEmail(email string) string {
	return strings.ToLower(strings.TrimSpace(email))
}

// cleanName returns name on one line, without control characters or marks that
// turn the direction of what follows, and not endlessly long.
func cleanName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), isDirection(r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)
	runes := []rune(strings.Join(strings.Fields(name), " "))
	if len(runes) > maxName {
		runes = runes[:maxName]
	}
	return strings.TrimSpace(string(runes))
}

// isDirection reports the marks that embed, override or isolate a direction.
func isDirection(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// cleanAvatar returns the address if a browser may safely load it.
func cleanAvatar(address string) string {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(address) > maxAvatar {
		return ""
	}
	return address
}
