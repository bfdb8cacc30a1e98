package main

import (
	"context"
	"testing"
	"time"

	"callanalyst/pkg/auth/authtest"
	"callanalyst/pkg/fleet"
)

// verify measures the check of one token by a warm verifier.
func (b *bench) verify(context.Context, []fleet.Function) error {
	result := testing.Benchmark(func(tb *testing.B) {
		pool := authtest.New(tb)
		verifier := pool.Verifier(tb)
		header := "Bearer " + pool.Token(tb, authtest.Sub)
		tb.ReportAllocs()
		for tb.Loop() {
			if _, err := verifier.Authenticate(tb.Context(), header); err != nil {
				tb.Fatal(err)
			}
		}
	})
	took := time.Duration(result.NsPerOp())
	b.table.section("A token's check, warm", []row{
		{what: "Authenticate", measured: took.Round(100 * time.Nanosecond).String(), budget: "≤ 50 µs", state: atMost(took, 50*time.Microsecond)},
	})
	return nil
}
