package auth_test

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

// BenchmarkVerify is the check of a warm function; its target is 50 µs.
func BenchmarkVerify(b *testing.B) {
	pool := authtest.New(b)
	v, token := pool.Verifier(b), pool.Token(b, authtest.Sub)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefuse is what a token with a forged signature costs.
func BenchmarkRefuse(b *testing.B) {
	pool := authtest.New(b)
	v, token := pool.Verifier(b), tamper(pool.Token(b, authtest.Sub))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token); err == nil {
			b.Fatal("a forged token was accepted")
		}
	}
}

// BenchmarkRSA is the signature check alone: what no verifier can go below.
func BenchmarkRSA(b *testing.B) {
	pool := authtest.New(b)
	header, payload, signed := parts(pool.Token(b, authtest.Sub))
	key := pool.Public()
	text, signature := header+"."+payload, []byte(decode(b, signed))
	for b.Loop() {
		if err := jwt.SigningMethodRS256.Verify(text, signature, key); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkNew is what a cold start spends on the verifier with a key set handed over.
func BenchmarkNew(b *testing.B) {
	c := authtest.New(b).Config()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := auth.New(c); err != nil {
			b.Fatal(err)
		}
	}
}
