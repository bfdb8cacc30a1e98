package profile

import (
	"strconv"
	"strings"
)

// cognitoMark sets the entity tag of an answer from Cognito apart: its body
// differs from the row's in the source.
const cognitoMark = "-cognito"

// ETag returns the strong entity tag of the profile's JSON, quotes included.
func (p Profile) ETag() string {
	tag := strconv.FormatInt(p.Version, 10)
	if p.Source == FromCognito {
		tag += cognitoMark
	}
	return `"` + tag + `"`
}

// ParseETag returns the version that a strong entity tag stands for. It is for
// If-Match, so a weak tag is none.
func ParseETag(tag string) (version int64, ok bool) {
	inner, ok := strings.CutPrefix(strings.TrimSpace(tag), `"`)
	if !ok {
		return 0, false
	}
	inner, ok = strings.CutSuffix(inner, `"`)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(inner, cognitoMark), 10, 63)
	return int64(n), err == nil
}

// Unchanged reports whether a request with these If-None-Match values already
// has the profile. Weak tags match too (RFC 9110, section 13.1.2).
func (p Profile) Unchanged(ifNoneMatch []string) bool {
	for _, line := range ifNoneMatch {
		for tag := range strings.SplitSeq(line, ",") {
			tag = strings.TrimSpace(tag)
			if tag == "*" || strings.TrimPrefix(tag, "W/") == p.ETag() {
				return true
			}
		}
	}
	return false
}
