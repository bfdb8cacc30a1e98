package gateway_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/local/gateway"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		give       string
		wantStatus int
		want       string
		wantHeader map[string][]string
	}{
		{name: "all of it", give: `{"statusCode":201,"headers":{"Content-Type":"text/plain","X-A":"1"},"body":"hi","isBase64Encoded":false}`, wantStatus: 201, want: "hi", wantHeader: map[string][]string{"Content-Type": {"text/plain"}, "X-A": {"1"}}},
		{name: "nothing is 200 and JSON", give: `{}`, wantStatus: 200, wantHeader: map[string][]string{"Content-Type": {"application/json"}}},
		{name: "null is as good as absent", give: `{"statusCode":null,"headers":null,"multiValueHeaders":null,"body":null}`, wantStatus: 200},
		{name: "a status in quotes", give: `{"statusCode":"404","body":"x"}`, wantStatus: 404, want: "x"},
		{name: "many values", give: `{"multiValueHeaders":{"Set-Cookie":["a=1","b=2"]}}`, wantStatus: 200, wantHeader: map[string][]string{"Set-Cookie": {"a=1", "b=2"}}},
		{name: "both maps are merged", give: `{"headers":{"X-A":"1","X-B":"3"},"multiValueHeaders":{"x-a":["1","2"]}}`, wantStatus: 200, wantHeader: map[string][]string{"X-A": {"1", "2"}, "X-B": {"3"}}},
		{name: "a boolean header", give: `{"headers":{"X-A":true}}`, wantStatus: 200, wantHeader: map[string][]string{"X-A": {"true"}}},
		{name: "no body for 204", give: `{"statusCode":204,"body":""}`, wantStatus: 204},
		{name: "the headers that API Gateway renames", give: `{"statusCode":401,"headers":{"WWW-Authenticate":"Bearer","Date":"today","Content-Length":"3","Transfer-Encoding":"chunked"},"body":"x"}`, wantStatus: 401, want: "x", wantHeader: map[string][]string{"X-Amzn-Remapped-Www-Authenticate": {"Bearer"}, "X-Amzn-Remapped-Date": {"today"}, "X-Amzn-Remapped-Content-Length": {"3"}, "Www-Authenticate": nil, "Transfer-Encoding": nil, "Content-Length": {"1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, newAPI(t, &functions{answer: tt.give}), "GET", "/api/profile", "")

			if got := text(t, r); r.StatusCode != tt.wantStatus || got != tt.want {
				t.Errorf("answer to %s = %d %q, want %d %q", tt.give, r.StatusCode, got, tt.wantStatus, tt.want)
			}
			for name, want := range tt.wantHeader {
				if diff := cmp.Diff(want, r.Header[name]); diff != "" {
					t.Errorf("answer to %s, %s (-want +got):\n%s", tt.give, name, diff)
				}
			}
			for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Apigw-Id", "X-Amzn-Trace-Id"} {
				if r.Header.Get(name) == "" {
					t.Errorf("answer has no %s", name)
				}
			}
		})
	}
}

func TestMalformedAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, give string }{
		{"no JSON", `hello`},
		{"nothing", ``},
		{"null", `null`},
		{"a string", `"hello"`},
		{"a list", `[]`},
		{"a field that API Gateway does not know", `{"statusCode":200,"cookies":["a=1"]}`},
		{"an error object", `{"errorMessage":"x","errorType":"y"}`},
		{"a Go struct without tags", `{"StatusCode":200,"Body":"x"}`},
		{"a body that is an object", `{"statusCode":200,"body":{"a":1}}`},
		{"a status of a Go zero value", `{"statusCode":0}`},
		{"a status that is no number", `{"statusCode":"ok"}`},
		{"a status beyond HTTP", `{"statusCode":600}`},
		{"a status that ends nothing", `{"statusCode":101}`},
		{"a fractional status", `{"statusCode":200.5}`},
		{"a header that is a number", `{"headers":{"X-A":1}}`},
		{"a header that is a list", `{"headers":{"X-A":["1"]}}`},
		{"headers that are a list", `{"headers":[]}`},
		{"many values that are one", `{"multiValueHeaders":{"X-A":"1"}}`},
		{"an encoding that is a string", `{"body":"eA==","isBase64Encoded":"yes"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := serve(t, newAPI(t, &functions{answer: tt.give}), "GET", "/api/profile", "")

			wantFailure(t, r, http.StatusBadGateway, "InternalServerErrorException", "Internal server error")
		})
	}
}

func TestBinaryAnswers(t *testing.T) {
	t.Parallel()
	const png = `{"headers":{"Content-Type":"image/png"},"body":"iVBORw==","isBase64Encoded":true}`
	tests := []struct {
		name   string
		give   string
		accept string
		binary []string
		want   string
	}{
		{name: "decoded for a client that asks for a binary type", give: png, accept: "image/png", binary: []string{"image/png"}, want: "\x89PNG"},
		{name: "not for one that asks for it second", give: png, accept: "text/html, image/png", binary: []string{"image/png"}, want: "iVBORw=="},
		{name: "not without binary types", give: png, accept: "image/png", want: "iVBORw=="},
		{name: "always when all types are binary", give: png, binary: []string{"*/*"}, want: "\x89PNG"},
		{name: "text stays text", give: `{"body":"iVBORw=="}`, accept: "image/png", binary: []string{"image/png"}, want: "iVBORw=="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			api := newAPI(t, &functions{answer: tt.give}, func(o *gateway.Options) { o.BinaryTypes = tt.binary })

			r := serve(t, api, "GET", "/api/profile", "", "Accept", tt.accept)

			if got := text(t, r); got != tt.want {
				t.Errorf("body = %q, want %q", got, tt.want)
			}
		})
	}
	api := newAPI(t, &functions{answer: `{"body":"%","isBase64Encoded":true}`}, func(o *gateway.Options) { o.BinaryTypes = []string{"*/*"} })
	wantFailure(t, serve(t, api, "GET", "/api/profile", ""), http.StatusBadGateway, "InternalServerErrorException", "Internal server error")
}

// FuzzAnswer checks that whatever a function says becomes an HTTP answer, and
// that only what is well formed becomes its own.
func FuzzAnswer(f *testing.F) {
	f.Add(`{"statusCode":200,"headers":{"A":"b"},"multiValueHeaders":{"A":["c"]},"body":"x","isBase64Encoded":true}`)
	f.Add(`{"statusCode":"299","body":null}`)
	f.Add(`{"headers":{"X\r\nY":"a\nb"}}`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, answer string) {
		r := serve(t, newAPI(t, &functions{answer: answer}), "GET", "/api/profile", "")

		if r.StatusCode < 200 || r.StatusCode > 599 {
			t.Fatalf("answer to %q has status %d", answer, r.StatusCode)
		}
		if !strings.HasPrefix(strings.TrimLeft(answer, " \t\r\n"), "{") && r.StatusCode != http.StatusBadGateway {
			t.Fatalf("answer to %q = %d, want 502", answer, r.StatusCode)
		}
	})
}
