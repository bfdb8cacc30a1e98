package auth_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
	"callanalyst/pkg/fault"
)

// noon is the time of every test whose clock stands still.
func noon() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }

// frozen returns a pool whose clock stands at noon.
func frozen(tb testing.TB) *authtest.Pool {
	tb.Helper()
	pool := authtest.New(tb)
	pool.Now = noon
	return pool
}

// row is one token that must be refused.
type row struct {
	name  string
	token string
	want  *fault.Error // nil means TokenInvalid
	why   string       // part of the reason in the log
}

// refused demands that a verifier of pool's tokens refuses every row for the
// row's own reason, with the one public message, and without repeating the token.
func refused(t *testing.T, pool *authtest.Pool, rows []row) {
	t.Helper()
	v := pool.Verifier(t)
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			want := r.want
			if want == nil {
				want = auth.TokenInvalid
			}
			got, err := v.Verify(t.Context(), r.token)
			if !errors.Is(err, want) || !strings.Contains(err.Error(), r.why) {
				t.Errorf("Verify(%.200q) = %v, want %v with %q", r.token, err, want, r.why)
			}
			if got != (auth.Caller{}) {
				t.Errorf("Verify(%.200q) returned %+v beside its error", r.token, got)
			}
			if d := fault.Of(err).Detail; d != want.Detail {
				t.Errorf("Verify(%.200q) tells the caller %q, want %q", r.token, d, want.Detail)
			}
			silent(t, err, r.token)
		})
	}
}

// silent demands that err says nothing that token says.
func silent(t *testing.T, err error, token string) {
	t.Helper()
	text := fmt.Sprintf("%v %+v %q", err, err, err)
	for part := range strings.SplitSeq(token, ".") {
		raw, _ := base64.RawURLEncoding.DecodeString(part)
		for _, secret := range []string{part, string(raw)} {
			for i := 0; i+12 <= len(secret); i += 12 {
				if strings.Contains(text, secret[i:i+12]) {
					t.Errorf("error %q repeats %q of the token", text, secret[i:i+12])
				}
			}
		}
	}
}

// parts returns token's three parts.
func parts(token string) (header, payload, signature string) {
	p := strings.Split(token, ".")
	return p[0], p[1], p[2]
}

// decode returns the text of a token's part.
func decode(tb testing.TB, part string) string {
	tb.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		tb.Fatalf("decode %q: %v", part, err)
	}
	return string(raw)
}

// tamper returns token with one character of its signature changed.
func tamper(token string) string {
	i := strings.LastIndexByte(token, '.') + 40
	c := byte('A')
	if token[i] == c {
		c = 'B'
	}
	return token[:i] + string(c) + token[i+1:]
}

// strayBits returns token with a signature that decodes to the same bytes: a
// 256-byte signature leaves four bits unused in its last character.
func strayBits(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(token) - 1
	return token[:last] + string(alphabet[strings.IndexByte(alphabet, token[last])|1])
}

// manyMembers returns n JSON members with a comma before each.
func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":%d`, i, i)
	}
	return b.String()
}
