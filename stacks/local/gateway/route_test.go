package gateway_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/gateway"
)

func TestRouting(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, target string
		want                 string // function; "" is none
		wantParams           map[string]string
	}{
		{name: "a literal path", method: "GET", target: "/api/profile", want: "profile-get"},
		{name: "a slash at the end does not count", method: "GET", target: "/api/profile/", want: "profile-get"},
		{name: "the root", method: "GET", target: "/", want: "root"},
		{name: "a parameter", method: "DELETE", target: "/api/recall/bot/b1", want: "recall-leave", wantParams: map[string]string{"bot_id": "b1"}},
		{name: "a parameter is decoded", method: "DELETE", target: "/api/recall/bot/a%2Fb", want: "recall-leave", wantParams: map[string]string{"bot_id": "a/b"}},
		{name: "a literal goes before a parameter", method: "GET", target: "/api/recall/bot/latest", want: "recall-latest"},
		{name: "a method that only the parameter has", method: "DELETE", target: "/api/recall/bot/latest", want: "recall-leave", wantParams: map[string]string{"bot_id": "latest"}},
		{name: "a greedy parameter takes the rest", method: "PUT", target: "/files/a/b", want: "files", wantParams: map[string]string{"proxy": "a/b"}},
		{name: "a method goes before ANY", method: "GET", target: "/files/a/b", want: "files-get", wantParams: map[string]string{"proxy": "a/b"}},
		{name: "a greedy parameter needs something", method: "GET", target: "/files"},
		{name: "an unknown path", method: "GET", target: "/api/nothing"},
		{name: "an unknown method", method: "POST", target: "/api/profile"},
		{name: "a path that goes on", method: "GET", target: "/api/profile/x"},
		{name: "an empty parameter", method: "DELETE", target: "/api/recall/bot//"},
		{name: "case counts", method: "GET", target: "/API/profile"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := &functions{answer: "{}"}

			r := serve(t, newAPI(t, f), tt.method, tt.target, "")

			if tt.want == "" {
				wantFailure(t, r, http.StatusForbidden, "MissingAuthenticationTokenException", "Missing Authentication Token")
				return
			}
			if f.name != tt.want {
				t.Fatalf("%s %s ran %q, want %q", tt.method, tt.target, f.name, tt.want)
			}
			if diff := cmp.Diff(tt.wantParams, f.request(t).PathParameters); diff != "" {
				t.Errorf("%s %s path parameters (-want +got):\n%s", tt.method, tt.target, diff)
			}
		})
	}
}

func TestNewRefusesBadTables(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		routes []gateway.Route
	}{
		{name: "no method", routes: []gateway.Route{{Path: "/a", Function: "f"}}},
		{name: "no function", routes: []gateway.Route{{Method: "GET", Path: "/a"}}},
		{name: "a path without a slash", routes: []gateway.Route{{Method: "GET", Path: "a", Function: "f"}}},
		{name: "the same twice", routes: []gateway.Route{{Method: "GET", Path: "/a", Function: "f"}, {Method: "GET", Path: "/a", Function: "g"}}},
		{name: "something behind a greedy parameter", routes: []gateway.Route{{Method: "GET", Path: "/{p+}/a", Function: "f"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := gateway.New(gateway.Options{Routes: tt.routes}); err == nil {
				t.Errorf("New(%+v) = nil, want an error", tt.routes)
			}
		})
	}
}
