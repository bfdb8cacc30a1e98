package boot_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot"
)

// TestCount holds a line against CloudWatch's embedded metric format: a
// directive that names the metric and the dimension, and both as members of the
// line itself.
func TestCount(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	boot.NewLogger(&out, "post-confirmation").Info("linked", boot.Count(time.UnixMilli(1784046728113), "CustomerLinked", 2)...)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"Timestamp": 1784046728113.0,
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": "CallAnalyst", "Dimensions": []any{[]any{"service"}},
			"Metrics": []any{map[string]any{"Name": "CustomerLinked", "Unit": "Count"}},
		}},
	}
	if diff := cmp.Diff(want, line["_aws"]); diff != "" {
		t.Errorf("directive (-want +got):\n%s", diff)
	}
	if line["CustomerLinked"] != 2.0 || line["service"] != "post-confirmation" {
		t.Errorf("line = %v, want the count and the dimension as members", line)
	}
}
