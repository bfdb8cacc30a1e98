package cognitotest_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

const (
	callback = "http://localhost:8787/callback"
	verifier = "a-code-verifier-that-is-long-enough-to-be-one"
)

// browser keeps cookies and follows redirects until they leave the pool.
type browser struct {
	t      *testing.T
	p      *pool
	client *http.Client
}

func newBrowser(t *testing.T, p *pool) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	ok(t, "cookie jar", err)
	return &browser{t: t, p: p, client: &http.Client{Transport: inProcess{p.server}, Jar: jar, CheckRedirect: stayHome}}
}

// stayHome follows redirects within the pool only.
func stayHome(r *http.Request, _ []*http.Request) error {
	if r.URL.Host == "pool.test" {
		return nil
	}
	return http.ErrUseLastResponse
}

// view is where the browser ended: a page of the pool or an address outside.
type view struct {
	status int
	page   string
	at     *url.URL   // the pool's page
	out    url.Values // the query that went back to the application, or nil
}

func (b *browser) do(req *http.Request) view {
	b.t.Helper()
	res, err := b.client.Do(req)
	ok(b.t, req.Method+" "+req.URL.Path, err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ok(b.t, "read "+req.URL.Path, err)
	v := view{status: res.StatusCode, page: string(body), at: res.Request.URL}
	if to := res.Header.Get("Location"); to != "" {
		u, err := url.Parse(to)
		ok(b.t, "parse "+to, err)
		v.out = u.Query()
		u.RawQuery = ""
		v.at = u
	}
	return v
}

func (b *browser) open(path string) view {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.p.url+path, nil)
	ok(b.t, "NewRequest", err)
	return b.do(req)
}

// submit posts the form of a page with the given fields filled in.
func (b *browser) submit(v view, fields ...string) view {
	b.t.Helper()
	action, form := formOf(b.t, v)
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
		if fields[i+1] == "" {
			form.Del(fields[i])
		}
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.p.url+action, strings.NewReader(form.Encode()))
	ok(b.t, "NewRequest", err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(req)
}

// formOf reads the page's form as a browser does: its address, and the values of
// its hidden fields and ticked boxes.
func formOf(t *testing.T, v view) (action string, form url.Values) {
	t.Helper()
	form = url.Values{}
	action = v.at.RequestURI()
	found := false
	for _, e := range elements(v.page) {
		switch {
		case e.name == "form":
			found = true
			if e.attributes["action"] != "" {
				action = e.attributes["action"]
			}
		case e.name == "input" && (e.attributes["type"] == "hidden" || e.has("checked")):
			form.Set(e.attributes["name"], e.attributes["value"])
		}
	}
	if !found {
		t.Fatalf("the page has no form: %d %s", v.status, v.page)
	}
	return action, form
}

// element is one start tag of a page.
type element struct {
	name       string
	attributes map[string]string
	inLabel    bool
}

func (e element) has(name string) bool {
	_, found := e.attributes[name]
	return found
}

// elements reads the start tags of a page. The pool's pages are plain enough for
// it: no tag stands in a comment or an attribute.
func elements(page string) []element {
	tag := regexp.MustCompile(`<(/?)(\w+)([^>]*)>`)
	attribute := regexp.MustCompile(`([\w-]+)(?:="([^"]*)")?`)
	var out []element
	inLabel := false
	for _, m := range tag.FindAllStringSubmatch(page, -1) {
		if m[2] == "label" {
			inLabel = m[1] == ""
		}
		if m[1] != "" {
			continue
		}
		e := element{name: m[2], attributes: map[string]string{}, inLabel: inLabel}
		for _, a := range attribute.FindAllStringSubmatch(m[3], -1) {
			e.attributes[a[1]] = html.UnescapeString(a[2])
		}
		out = append(out, e)
	}
	return out
}

// authorizePath is an authorization request; pairs change or, when empty, remove
// its parameters.
func authorizePath(pairs ...string) string {
	sum := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {callback}, "state": {"s1"}, "scope": {"openid email profile aws.cognito.signin.user.admin"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			q.Del(pairs[i])
		}
	}
	return "/oauth2/authorize?" + q.Encode()
}

// google signs in with a pretend Google account and returns where it ended.
func (b *browser) google(fields ...string) view {
	b.t.Helper()
	return b.submit(b.open(authorizePath("identity_provider", "Google")), append([]string{"email", email, "name", "Ada"}, fields...)...)
}

func (b *browser) apple(fields ...string) view {
	b.t.Helper()
	return b.submit(b.open(authorizePath("identity_provider", "SignInWithApple")), append([]string{"email", email, "name", "Ada"}, fields...)...)
}

// token posts to the token endpoint.
func (b *browser) token(pairs ...string) (int, object) {
	b.t.Helper()
	return b.form("/oauth2/token", pairs...)
}

func (b *browser) form(path string, pairs ...string) (int, object) {
	b.t.Helper()
	form := url.Values{"client_id": {clientID}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.p.url+path, strings.NewReader(form.Encode()))
	ok(b.t, "NewRequest", err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v := b.do(req)
	if v.page == "" {
		return v.status, nil
	}
	return v.status, asObject(b.t, v.page)
}

// redeem exchanges the code that a view brought back.
func (b *browser) redeem(v view) object {
	b.t.Helper()
	status, out := b.token("grant_type", "authorization_code", "code", v.out.Get("code"), "redirect_uri", callback, "code_verifier", verifier)
	if status != http.StatusOK {
		b.t.Fatalf("token endpoint: %d %v after %v", status, out, v.out)
	}
	return out
}
