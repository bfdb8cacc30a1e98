package rest_test

import (
	"net/http"
	"testing"

	"callanalyst/pkg/rest"
)

func TestVisitor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, source, want string
		forwarded          []string
	}{
		{name: "through CloudFront", forwarded: []string{"203.0.113.24, 64.252.171.88"}, source: "64.252.171.88", want: "203.0.113.24"},
		{name: "with a claim of the visitor's own", forwarded: []string{"198.51.100.1, 203.0.113.24, 64.252.171.88"}, want: "203.0.113.24"},
		{name: "in two headers", forwarded: []string{"198.51.100.1, 203.0.113.24", "64.252.171.88"}, want: "203.0.113.24"},
		{name: "by IPv6", forwarded: []string{"2001:db8::7, 64.252.171.88"}, want: "2001:db8::7"},
		{name: "directly", forwarded: []string{"203.0.113.24"}, source: "203.0.113.24", want: "203.0.113.24"},
		{name: "without the header", source: "203.0.113.24", want: "203.0.113.24"},
		{name: "with nonsense in the header", forwarded: []string{"<script>, 64.252.171.88"}, source: "64.252.171.88", want: "64.252.171.88"},
		{name: "from nowhere", want: "invalid IP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := &rest.Request{Header: http.Header{"X-Forwarded-For": tt.forwarded}, SourceIP: tt.source}
			if got := r.Visitor().String(); got != tt.want {
				t.Errorf("Visitor of %q and %s = %s, want %s", tt.forwarded, tt.source, got, tt.want)
			}
		})
	}
}
