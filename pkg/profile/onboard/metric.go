package onboard

import "time"

// namespace is where all of the fleet's metrics are in CloudWatch.
const namespace = "CallAnalyst"

// emf is the member of a log line by which CloudWatch finds metrics in it
// (embedded metric format): no call is made for them.
type emf struct {
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

// count returns the attributes that make a log line count one in the metric.
// The dimension is the line's member service, which the process's logger adds.
func count(now time.Time, metric string) []any {
	return []any{
		"_aws", emf{Timestamp: now.UnixMilli(), Metrics: []directive{{
			Namespace: namespace, Dimensions: [][]string{{"service"}}, Metrics: []definition{{Name: metric, Unit: "Count"}},
		}}},
		metric, 1,
	}
}
