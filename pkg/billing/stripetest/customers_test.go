package stripetest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/billing/stripetest"
)

func TestAuthorisation(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		header string
		status int
		says   string
	}{
		{name: "no key", status: 401, says: "You did not provide an API key"},
		{name: "an unknown key is masked", header: "Bearer sk_test_0123456789abcd", status: 401, says: "Invalid API Key provided: sk_test_**********abcd"},
		{name: "a short key is masked whole", header: "Bearer sk", status: 401, says: "provided: **"},
		{name: "the account's key", header: "Bearer " + stripetest.TestKey, status: 200},
		{name: "the key as the user of basic authorisation", header: "Basic c2tfdGVzdF9jYWxsYW5hbHlzdDo=", status: 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := stripetest.New(stripetest.Config{})
			req, err := http.NewRequestWithContext(t.Context(), "GET", "http://stripe.test/v1/customers", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", tt.header)
			got := do(t, s, req)
			if got.status != tt.status || !strings.Contains(got.message, tt.says) {
				t.Errorf("%q: %d %q, want %d …%s…", tt.header, got.status, got.message, tt.status, tt.says)
			}
			if !strings.HasPrefix(got.header.Get("Request-Id"), "req_") {
				t.Errorf("no request id in %v", got.header)
			}
		})
	}
}

func TestCustomerValidation(t *testing.T) {
	t.Parallel()
	s := stripetest.New(stripetest.Config{})
	tests := []struct {
		name   string
		method string
		path   string
		form   url.Values
		status int
		code   string
		param  string
	}{
		{name: "unknown parameter", method: "POST", path: customers, form: url.Values{"colour": {"red"}}, status: 400, code: "parameter_unknown", param: "colour"},
		{name: "malformed e-mail", method: "POST", path: customers, form: email("no"), status: 400, code: "email_invalid", param: "email"},
		{name: "a name used as leaf and branch", method: "POST", path: customers, form: url.Values{"metadata": {"x"}, "metadata[a]": {"y"}}, status: 400, code: "parameter_invalid_hash", param: "metadata"},
		{name: "unknown customer", method: "GET", path: customers + "/cus_none", status: 404, code: "resource_missing", param: "id"},
		{name: "update of an unknown customer", method: "POST", path: customers + "/cus_none", status: 404, code: "resource_missing", param: "id"},
		{name: "delete of an unknown customer", method: "DELETE", path: customers + "/cus_none", status: 404, code: "resource_missing", param: "id"},
		{name: "limit out of range", method: "GET", path: customers, form: url.Values{"limit": {"101"}}, status: 400, param: "limit"},
		{name: "limit no number", method: "GET", path: customers, form: url.Values{"limit": {"x"}}, status: 400, code: "parameter_invalid_integer", param: "limit"},
		{name: "unknown cursor", method: "GET", path: customers, form: url.Values{"starting_after": {"cus_none"}}, status: 400, code: "resource_missing", param: "starting_after"},
		{name: "search without a query", method: "GET", path: customers + "/search", status: 400, code: "parameter_missing", param: "query"},
		{name: "search that does not parse", method: "GET", path: customers + "/search", form: url.Values{"query": {"email:a"}}, status: 400, param: "query"},
		{name: "search that mixes AND with OR", method: "GET", path: customers + "/search", form: url.Values{"query": {"email:'a' AND name:'b' OR name:'c'"}}, status: 400, param: "query"},
		{name: "search without a joint", method: "GET", path: customers + "/search", form: url.Values{"query": {"email:'a' name:'b'"}}, status: 400, param: "query"},
		{name: "unknown path", method: "GET", path: "/v1/colours", status: 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := send(t, s, tt.method, tt.path, tt.form, "")
			if got.status != tt.status || got.code != tt.code || got.param != tt.param || got.kind != "invalid_request_error" {
				t.Errorf("%s %s %v: %d %s %q %q (%s), want %d %q %q", tt.method, tt.path, tt.form, got.status, got.kind, got.code, got.param, got.message, tt.status, tt.code, tt.param)
			}
		})
	}
}

func TestCustomerLife(t *testing.T) {
	t.Parallel()
	s := stripetest.New(stripetest.Config{})
	made := send(t, s, "POST", customers, url.Values{"email": {"a@example.com"}, "metadata[cognito_sub]": {"u1"}, "metadata[b]": {"2"}}, "")
	path := customers + "/" + made.id
	updated := send(t, s, "POST", path, url.Values{"name": {"Ann"}, "metadata[b]": {""}, "metadata[c]": {"3"}}, "")
	if got := updated.body["metadata"].(map[string]any); len(got) != 2 || got["cognito_sub"] != "u1" || got["c"] != "3" {
		t.Errorf("metadata after the merge = %v", got)
	}
	if updated.body["email"] != "a@example.com" || updated.body["name"] != "Ann" {
		t.Errorf("update changed what was not sent: %v", updated.body)
	}
	if got := send(t, s, "DELETE", path, nil, ""); got.status != 200 || got.body["deleted"] != true {
		t.Errorf("delete: %d %v", got.status, got.body)
	}
	if got := send(t, s, "POST", path, email("b@example.com"), ""); got.status != 404 {
		t.Errorf("update of a deleted customer: %d, want 404", got.status)
	}
	var kinds []string
	for _, e := range s.Events() {
		kinds = append(kinds, e.Type)
	}
	if got := strings.Join(kinds, " "); got != "customer.created customer.updated customer.deleted" {
		t.Errorf("events = %s", got)
	}
	if body := string(s.Events()[1].Body); !strings.Contains(body, `"previous_attributes":{"metadata":{"b":"2","cognito_sub":"u1"},"name":null}`) {
		t.Errorf("previous_attributes missing in %s", body)
	}
}

func ids(r reply) string {
	var out []string
	data, _ := r.body["data"].([]any)
	for _, x := range data {
		name, ok := x.(map[string]any)["name"].(string)
		if !ok {
			name = "(deleted)"
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}

func TestListAndSearch(t *testing.T) {
	t.Parallel()
	now := time.Unix(1800000000, 0)
	s := stripetest.New(stripetest.Config{Now: func() time.Time { return now }})
	for _, n := range []string{"Ann", "Bob", "Cyd"} {
		form := url.Values{"name": {n}, "email": {"same@example.com"}, "metadata[cognito_sub]": {"u-" + n}}
		send(t, s, "POST", customers, form, "")
		now = now.Add(time.Second)
	}
	list := func(form url.Values) string { return ids(send(t, s, "GET", customers, form, "")) }
	search := func(q string) string {
		return ids(send(t, s, "GET", customers+"/search", url.Values{"query": {q}}, ""))
	}

	if got := list(email("same@example.com")); got != "Cyd Bob Ann" {
		t.Errorf("list by e-mail at once = %q, want the newest first", got)
	}
	first := send(t, s, "GET", customers, url.Values{"limit": {"2"}}, "")
	last := first.body["data"].([]any)[1].(map[string]any)["id"].(string)
	if rest := list(url.Values{"starting_after": {last}}); ids(first) != "Cyd Bob" || first.body["has_more"] != true || rest != "Ann" {
		t.Errorf("pages = %q has_more=%v, then %q", ids(first), first.body["has_more"], rest)
	}
	if got := search("metadata['cognito_sub']:'u-Ann'"); got != "" {
		t.Errorf("search sees %q at once; it must lag", got)
	}
	now = now.Add(time.Minute)
	for q, want := range map[string]string{
		`metadata['cognito_sub']:'u-Ann'`:               "Ann",
		`metadata["cognito_sub"]:"u-Bob"`:               "Bob",
		`email:'SAME@example.com' AND -name:'Bob'`:      "Cyd Ann",
		`name:'Ann' OR name:'Cyd'`:                      "Cyd Ann",
		`email~"example" and metadata['none']:'x'`:      "",
		`metadata['cognito_sub']:'u\'Ann'`:              "",
		`-metadata['cognito_sub']:'u-Ann' AND name~'b'`: "Bob",
	} {
		if got := search(q); got != want {
			t.Errorf("search %s = %q, want %q", q, got, want)
		}
	}
	s.DeleteCustomer(s.Customers()[0].ID)
	if got, listed := search("name:'Cyd'"), list(nil); got != "(deleted)" || listed != "Bob Ann" {
		t.Errorf("right after the deletion: search %q, list %q", got, listed)
	}
	now = now.Add(time.Minute)
	if got := search("name:'Cyd'"); got != "" {
		t.Errorf("a minute after the deletion search still finds %q", got)
	}
}
