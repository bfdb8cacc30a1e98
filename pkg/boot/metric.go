package boot

import "time"

// namespace is where all of the fleet's metrics are in CloudWatch.
const namespace = "CallAnalyst"

// embedded is the member of a log line by which CloudWatch finds metrics in it.
type embedded struct {
	Timestamp int64       `json:"Timestamp"` // milliseconds since 1970
	Metrics   []directive `json:"CloudWatchMetrics"`
}

type directive struct {
	Namespace  string       `json:"Namespace"`
	Dimensions [][]string   `json:"Dimensions"`
	Metrics    []definition `json:"Metrics"`
}

type definition struct {
	Name string `json:"Name"`
	Unit string `json:"Unit"`
}

// Count returns the attributes that make a log line count n in the metric
// (CloudWatch's embedded metric format): a metric costs no call. Its dimension
// is the line's member service, which the process's logger adds.
func Count(now time.Time, metric string, n int) []any {
	return []any{
		"_aws", embedded{Timestamp: now.UnixMilli(), Metrics: []directive{{
			Namespace: namespace, Dimensions: [][]string{{"service"}}, Metrics: []definition{{Name: metric, Unit: "Count"}},
		}}},
		metric, n,
	}
}
