package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"callanalyst/stacks/local/stack"
)

func TestPrinter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		step stack.Step
		want string
	}{
		{name: "a step that took its time", step: stack.Step{Name: "database", Note: "dynoxide", Took: 43210 * time.Microsecond}, want: "✓ database (43ms): dynoxide\n"},
		{name: "a long one", step: stack.Step{Name: "functions", Took: 61250 * time.Millisecond}, want: "✓ functions (1m1.3s)\n"},
		{name: "news", step: stack.Step{Name: ".env", Note: "X is not a setting of the fleet; it is left out"}, want: "· .env: X is not a setting of the fleet; it is left out\n"},
		{name: "trouble", step: stack.Step{Name: "rebuild ask", Note: "the old binary stays in service", Took: time.Second, Err: errors.New("ask does not compile:\n  main.go:1:1")}, want: "✗ rebuild ask (1s): the old binary stays in service\nask does not compile:\n  main.go:1:1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			printer(&out)(tt.step)
			if got := out.String(); got != tt.want {
				t.Errorf("printed %q, want %q", got, tt.want)
			}
		})
	}
}
