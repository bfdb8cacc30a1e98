package journey_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/fleet"
)

// secretForms are texts that no log may hold, whoever's they are.
var secretForms = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.|(?:sk|rk)_(?:live|test)_\w+|whsec_\w+|AYAD[A-Za-z0-9+/=]{20,}|[\w.+-]+@example\.com`)

// TestNoSecretReachesALog drives people through everything, with trouble on the
// way, and then reads every log line of every function for what must not be
// there.
func TestNoSecretReachesALog(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	secrets := l.secretValues()
	keep := func(kind string, values ...string) {
		for _, v := range values {
			if v != "" {
				secrets[v] = kind
			}
		}
	}
	const who, next = "private.person@example.com", "Another-Horse-8!"
	keep("e-mail address", who)
	keep("password", password, next)

	_ = b.try("signUp", ask{"who": who, "password": password}, nil) // refused: no terms
	p := l.register(s, b, who)
	var in, fresh tokens
	s.must("sign in", b, "signIn", ask{"who": who, "password": password}, &in)
	s.must("refresh", b, "refresh", ask{"who": who, "refresh": in.Refresh}, &fresh)
	s.must("forget the password", b, "forgot", ask{"who": who}, nil)
	code := l.code(who, 2)
	s.must("reset it", b, "reset", ask{"who": who, "code": code, "password": next}, nil)
	keep("code", l.code(who, 1), code)
	keep("token", in.Access, in.ID, in.Refresh, fresh.Access, fresh.ID, fresh.Refresh)
	s.check("use good and bad tokens", func() error {
		l.profile(in.Access)
		l.profile(in.Access + "x")
		l.profile(in.ID)
		return statusOf(l.profile(fresh.Access), http.StatusOK)
	})
	s.do("meet trouble", func() { l.trouble(b, p) })
	l.settled()

	lines := 0
	for _, f := range fleet.Functions() {
		log := l.log(f.Name)
		for _, line := range log {
			if strings.Contains(line, `"outcome":`) {
				lines++
			}
			for value, kind := range secrets {
				if strings.Contains(line, value) {
					t.Errorf("%s logs the %s: %s", f.Name, kind, line)
				}
			}
			if found := secretForms.FindString(line); found != "" {
				t.Errorf("%s logs %q: %s", f.Name, found, line)
			}
		}
	}
	if lines < 20 {
		t.Errorf("only %d invocations are in the logs: they are not where this test looks", lines)
	}
	t.Logf("%d secrets, and none in the logs of %d invocations", len(secrets), lines)
}

// trouble makes every upstream refuse once, so that errors are logged.
func (l *local) trouble(b *browser, p person) {
	l.t.Helper()
	broken := &awstest.Error{Code: "InternalFailure", Message: "broken for " + p.email, Status: 500}
	l.AWS.SES.Faults.Fail("SendEmail", 1, broken)
	l.AWS.KMS.Faults.Fail("Decrypt", 1, broken)
	if err := b.try("forgot", ask{"who": p.email}, nil); err != nil {
		l.t.Fatal(err)
	}
	l.code(p.email, 3)
	for _, event := range []string{`{"triggerSource":"PreSignUp_SignUp","request":{"userAttributes":{"email":"` + p.email + `"}}}`, `[]`, `{"Records":[{"body":"` + p.email + `"}]}`} {
		for _, f := range fleet.Functions() {
			if _, err := l.Host.Invoke(l.t.Context(), f.Name, []byte(event)); err != nil {
				l.t.Fatal(err)
			}
		}
	}
}

// secretValues reads the fleet's secrets where functions read them.
func (l *local) secretValues() map[string]string {
	l.t.Helper()
	out := map[string]string{}
	for _, s := range fleet.Secrets() {
		v, err := l.AWS.Secrets.GetSecretValue(l.t.Context(), awstest.SecretRef{SecretID: "callanalyst/" + s.Name})
		if err != nil {
			l.t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal([]byte(*v.SecretString), &fields); err != nil {
			l.t.Fatal(err)
		}
		for name, value := range fields {
			list, ok := value.([]any)
			if !ok {
				list = []any{value}
			}
			for _, x := range list {
				if text := fmt.Sprint(x); !strings.HasPrefix(text, "http") {
					out[text] = "secret " + s.Name + "." + name
				}
			}
		}
	}
	return out
}

// log returns the console's page of a function, line by line. Its whole log is
// on it, beside a few lines of the page itself.
func (l *local) log(function string) []string {
	l.t.Helper()
	a := l.call(http.MethodGet, "/_local/functions/"+function, "", nil)
	if a.Status != http.StatusOK {
		l.t.Fatalf("the console answered %d %s", a.Status, a.Body)
	}
	return slices.Collect(strings.Lines(html.UnescapeString(a.Body)))
}
