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
	text := "header.payload"
	token := pool.Sign(b, "header", "payload")
	signature, err := jwt.NewParser().DecodeSegment(token[len(authtest.Encode("header"))+len(authtest.Encode("payload"))+2:])
	if err != nil {
		b.Fatal(err)
	}
	text = authtest.Encode("header") + "." + authtest.Encode("payload")
	for b.Loop() {
		if err := jwt.SigningMethodRS256.Verify(text, signature, pool.Public()); err != nil {
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
