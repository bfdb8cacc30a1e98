package auth

import "strings"

const (
	// maxToken bounds the work that a stranger can ask for. Cognito's access
	// tokens are about 1 KB; groups and scopes can make them grow.
	maxToken = 8 << 10
	// maxKeyID bounds what is looked up and kept about unknown keys. Cognito's
	// ids are 44 characters.
	maxKeyID = 100
)

// checkForm refuses a token for what the JWT library would let pass before or
// beside the signature: its length, a line break in it, and a header of which
// two readers could make different things.
func (v *Verifier) checkForm(token string) error {
	if len(token) > maxToken {
		return errTooLong
	}
	if strings.ContainsFunc(token, foreign) {
		return errForm
	}
	header, _, _ := strings.Cut(token, ".")
	raw, err := v.parser.DecodeSegment(header)
	if err != nil {
		return errForm
	}
	return checkHeader(raw)
}

// foreign reports a character that no part of a token may hold.
func foreign(r rune) bool {
	return r != '.' && r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// checkHeader demands RS256 and a key id. It refuses members that change how
// the rest is read (crit, zip, b64), and takes no notice of those that bring a
// key along (jku, jwk, x5u, x5c): keys come from the pool alone.
func checkHeader(raw []byte) error {
	var alg, kid string
	err := members(raw, func(name string, value []byte) error {
		switch name {
		case "alg":
			return text(value, &alg)
		case "kid":
			return text(value, &kid)
		case "crit", "zip", "b64":
			return errHeader
		}
		return nil
	})
	switch {
	case err != nil:
		return errHeader
	case alg != "RS256":
		return errAlgorithm
	case kid == "" || len(kid) > maxKeyID:
		return errKeyID
	}
	return nil
}

// text reads a valid JSON value, which must be a string, into s.
func text(value []byte, s *string) error {
	if value[0] != '"' {
		return errNotObject
	}
	*s = unquote(value)
	return nil
}
