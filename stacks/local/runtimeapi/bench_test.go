package runtimeapi_test

import (
	"context"
	"os"
	"testing"

	"callanalyst/stacks/local/runtimeapi"
)

// BenchmarkWarmInvoke is the host's overhead on a warm function.
func BenchmarkWarmInvoke(b *testing.B) {
	h := newHost(b, runtimeapi.Options{})
	set(b, h, function("event"))
	invoke(b, h, "event", "{}")
	b.ResetTimer()
	for b.Loop() {
		invoke(b, h, "event", `{"a":1}`)
	}
}

// BenchmarkWarmInvokeParallel is the same with one caller for each core.
func BenchmarkWarmInvokeParallel(b *testing.B) {
	h := newHost(b, runtimeapi.Options{})
	set(b, h, function("event"))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := h.Invoke(context.Background(), "event", []byte("{}")); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkColdStart is from spawn to first answer. The process is this test
// binary, which is bigger than most functions.
func BenchmarkColdStart(b *testing.B) {
	h := newHost(b, runtimeapi.Options{})
	f := function("event")
	set(b, h, f)
	for b.Loop() {
		if r := invoke(b, h, "event", "{}"); !r.Cold {
			b.Fatal("a warm start")
		}
		b.StopTimer()
		if err := h.Swap("event", os.Args[0]); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
