package journey_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/stack"
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
	secrets := l.secretValues(t.Context())
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
	l.comeOver(s, b, keep)
	l.wait("rest", l.idle)

	lines := l.scrub(t.Context(), secrets)
	if lines < 20 {
		t.Errorf("only %d invocations are in the logs: they are not where this test looks", lines)
	}
	t.Logf("%d secrets, and none in the logs of %d invocations", len(secrets), lines)
}

// comeOver brings somebody of the old system over, with every way in that can go
// wrong on the way.
func (l *local) comeOver(s *steps, b *browser, keep func(kind string, values ...string)) {
	l.t.Helper()
	const who, wrong, next = stack.LegacyEmail, "Wrong-Passw0rd-2!", "Third-Horse-9!"
	keep("e-mail address", who)
	keep("password", stack.LegacyPassword, wrong, next)
	s.check("snapshot and payments", func() error { return l.migrate(s.t.TempDir(), "all") })
	_ = b.try("signUp", ask{"who": who, "password": next, "metadata": terms}, nil)
	_ = b.try("signIn", ask{"who": who, "password": wrong, "flow": "USER_PASSWORD_AUTH"}, nil)
	var in tokens
	s.must("sign in with the old password", b, "signIn", ask{"who": who, "password": stack.LegacyPassword, "flow": "USER_PASSWORD_AUTH"}, &in)
	s.must("forget it", b, "forgot", ask{"who": who}, nil)
	code := l.code(who, 1)
	s.must("choose another", b, "reset", ask{"who": who, "code": code, "password": next}, nil)
	keep("code", code)
	keep("token", in.Access, in.ID, in.Refresh)
	s.check("claim what was paid, ask whether mail arrives, leave", func() error {
		l.call(http.MethodPost, "/api/mail/status", "", strings.NewReader(`{"email":"`+who+`"}`))
		if err := l.accept(in.Access); err != nil {
			return err
		}
		l.profile(in.Access)
		return statusOf(l.call(http.MethodDelete, "/api/account", in.Access, nil), http.StatusOK)
	})
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
func (l *local) secretValues(ctx context.Context) map[string]string {
	l.t.Helper()
	out := map[string]string{}
	for _, s := range fleet.Secrets() {
		v, err := l.AWS.Secrets.GetSecretValue(ctx, awstest.SecretRef{SecretID: "callanalyst/" + s.Name})
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

// leaks says what lines of a log hold that must not be there: a value that is
// known to be secret, or anything of the form of one.
func leaks(lines []string, secrets map[string]string) (found []string) {
	for _, line := range lines {
		for value, kind := range secrets {
			if strings.Contains(line, value) {
				found = append(found, fmt.Sprintf("the %s in %s", kind, line))
			}
		}
		if form := secretForms.FindString(line); form != "" {
			found = append(found, fmt.Sprintf("%q in %s", form, line))
		}
	}
	return found
}

// holdsCode reports whether a code stands in a text by itself: six digits within a
// longer id are chance.
func holdsCode(text, code string) bool {
	return regexp.MustCompile(`(?m)(^|[^\w.-])` + code + `([^\w.-]|$)`).MatchString(text)
}

// scrub reads every log line of every function for what must not be there, and
// returns how many invocations it has read of.
func (l *local) scrub(ctx context.Context, secrets map[string]string) (invocations int) {
	l.t.Helper()
	for _, f := range fleet.Functions() {
		lines := l.log(ctx, f.Name)
		invocations += strings.Count(strings.Join(lines, ""), `"outcome":`)
		for _, leak := range leaks(lines, secrets) {
			l.t.Errorf("%s logs %s", f.Name, leak)
		}
	}
	return invocations
}

// scrubbed is the end of every journey: whatever it was about, no log of its fleet
// holds a secret of the fleet, a token, an address, a password of its people, or a
// code that was mailed to them.
func (l *local) scrubbed(ctx context.Context) {
	l.t.Helper()
	secrets := l.secretValues(ctx)
	for _, p := range []string{password, stack.LegacyPassword, "Another-Horse-8!"} {
		secrets[p] = "password"
	}
	l.scrub(ctx, secrets)
	for _, f := range fleet.Functions() {
		text := strings.Join(l.log(ctx, f.Name), "")
		for _, m := range l.AWS.SES.Messages() {
			if code := sixDigits.FindString(m.Text); code != "" && holdsCode(text, code) {
				l.t.Errorf("%s logs the code that was mailed", f.Name)
			}
		}
	}
}

// TestALeakIsFound shows the scrubber lines that it must not pass over, and some
// that it must.
func TestALeakIsFound(t *testing.T) {
	t.Parallel()
	secrets := map[string]string{"hunter2-hunter2": "password"}
	for _, line := range []string{
		`{"error":"hunter2-hunter2 is wrong"}`, `to=ada.b+x@example.com`, `Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIi`,
		`key sk_test_abc`, `whsec_dGVzdA==`, `"code":"AYADeJ0aW9uLWtleS1pZAAVAAIAB3Vz"`,
	} {
		if len(leaks([]string{line}, secrets)) == 0 {
			t.Errorf("%s passes", line)
		}
	}
	for _, line := range []string{`{"outcome":"sent","sub":"u1"}`, `eyJ`, `mail@example.org`, `whsec`} {
		if found := leaks([]string{line}, secrets); found != nil {
			t.Errorf("%s is called a leak: %q", line, found)
		}
	}
	for text, want := range map[string]bool{
		`"code":"123456"`: true, "code 123456\n": true, "123456": true, `"ms":0.123456`: false, `7d-123456-ab`: false, `a123456b`: false, `1234567`: false,
	} {
		if holdsCode(text, "123456") != want {
			t.Errorf("the code in %s is found: %t, want %t", text, !want, want)
		}
	}
}

// log returns the console's page of a function, line by line. Its whole log is
// on it, beside a few lines of the page itself.
func (l *local) log(ctx context.Context, function string) []string {
	l.t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.URL("edge")+"/_local/functions/"+function, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	resp, err := l.http.Do(req)
	if err != nil {
		l.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		l.t.Fatalf("the console answered %s, %v", resp.Status, err)
	}
	return slices.Collect(strings.Lines(html.UnescapeString(string(text))))
}
