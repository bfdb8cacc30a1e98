package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestQuantile(t *testing.T) {
	t.Parallel()
	tests := []struct {
		values []int
		q      float64
		want   int
	}{
		{nil, 0.5, 0},
		{[]int{7}, 0.99, 7},
		{[]int{3, 1, 2}, 0.5, 2},
		{[]int{3, 1, 2}, 0, 1},
		{[]int{3, 1, 2}, 1, 3},
	}
	for _, tt := range tests {
		if got := quantile(tt.values, tt.q); got != tt.want {
			t.Errorf("quantile(%v, %v) = %d, want %d", tt.values, tt.q, got, tt.want)
		}
	}
}

func TestTableMarksWhatIsOver(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	tab := table{w: &out}
	tab.section("speed", []row{
		{what: "slow", measured: "9 ms", budget: "≤ 6 ms", state: atMost(9, 6)},
		{what: "quick", measured: "3 ms", budget: "≤ 6 ms", state: atMost(3, 6)},
		{what: "better", measured: "16×", budget: "≥ 15×", state: atLeast(16, 15)},
		{what: "worse", measured: "2×", budget: "≥ 15×", state: atLeast(2, 15)},
		{what: "told only", measured: "1"},
	})
	tab.end()
	for line, want := range map[string]string{"slow": "OVER", "quick": "ok", "better": "ok", "worse": "OVER"} {
		i := strings.Index(out.String(), "  "+line)
		if got, _, _ := strings.Cut(out.String()[i:], "\n"); !strings.Contains(got, want) {
			t.Errorf("row %q, want %s", got, want)
		}
	}
	if !strings.HasSuffix(out.String(), "\n2 of 4 budgets met\n") {
		t.Errorf("the table ends in %q", out.String())
	}
}
