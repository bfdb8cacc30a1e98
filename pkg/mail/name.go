package mail

import (
	"strings"
	"unicode"
)

// maxName is the longest name that a mail greets with, in characters.
const maxName = 50

// plainName returns a name fit for a greeting, or "" if it is not one: mail
// programs turn "evil.example" into a link, and a sign-up form must not be a
// way to send others such links in our name.
func plainName(s string) string {
	name := strings.Join(strings.Fields(s), " ")
	runes := []rune(name)
	if len(runes) > maxName {
		return ""
	}
	for i, r := range runes {
		end := i+1 == len(runes) || runes[i+1] == ' '
		if r == '.' && end || strings.ContainsRune(" '’-", r) || unicode.In(r, unicode.L, unicode.M) {
			continue
		}
		return ""
	}
	return name
}
