package journey_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"callanalyst/stacks/local/stack"
)

// accept accepts the terms in force.
func (l *local) accept(token string) error {
	l.t.Helper()
	return statusOf(l.call(http.MethodPost, "/api/consent", token, strings.NewReader(`{"tos_version":"2026-06-01"}`)), http.StatusOK)
}

// codes counts the mails with a code to a person.
func (l *local) codes(who string) (n int) {
	l.t.Helper()
	for _, m := range l.mails(who) {
		if sixDigits.MatchString(m.Text) {
			n++
		}
	}
	return n
}

// TestAUserOfTheOldSystemForgetsThePasswordAndLeaves comes over without the old
// password, has everything that was paid for, and is deleted. The old password is
// as good as ever in the old system; it and "forgot password" must not bring the
// account back, and a new sign-up must.
func TestAUserOfTheOldSystemForgetsThePasswordAndLeaves(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	who, state := stack.LegacyEmail, t.TempDir()
	const chosen = "Another-Horse-8!"

	s.check("take the snapshot", func() error { return l.migrate(state, "users") })
	s.check("bring the payments over", func() error { return l.migrate(state, "plans") })
	s.must("forget the old password", b, "forgot", ask{"who": who}, nil)
	s.must("choose a new one with the code", b, "reset", ask{"who": who, "code": l.code(who, 1), "password": chosen}, nil)
	s.check("the old one is over", func() error {
		if err := b.try("signIn", ask{"who": who, "password": stack.LegacyPassword, "flow": "USER_PASSWORD_AUTH"}, nil); err == nil {
			return fmt.Errorf("it signs in")
		}
		return nil
	})
	var in tokens
	s.must("sign in with the new one", b, "signIn", ask{"who": who, "password": chosen}, &in)
	user, _ := l.Cognito.User(who)
	s.check("accept the terms", func() error { return l.accept(in.Access) })
	s.check("have what was paid for", func() error {
		if p := l.profile(in.Access); p.Status != http.StatusOK || p.field("name") != "Lee Gacy" {
			return fmt.Errorf("profile = %d %s", p.Status, p.Body)
		}
		if tier := l.text("entitlements", user.Sub, "tier"); tier != "pro" {
			return fmt.Errorf("tier is %q, want pro", tier)
		}
		return nil
	})

	s.check("delete the account", func() error {
		return statusOf(l.call(http.MethodDelete, "/api/account", in.Access, nil), http.StatusOK)
	})
	s.check("nothing is left but what must be", func() error {
		if _, there := l.Cognito.User(who); there || l.customers(user.Sub) != 0 || len(l.rows("profiles", user.Sub)) != 0 {
			return fmt.Errorf("user %t, %d customers, %d profiles", there, l.customers(user.Sub), len(l.rows("profiles", user.Sub)))
		}
		return nil
	})
	before := l.codes(who)
	s.refused("the old password does not bring it back", b, "signIn",
		ask{"who": who, "password": stack.LegacyPassword, "flow": "USER_PASSWORD_AUTH"}, "NotAuthorizedException", "Incorrect username or password")
	s.must("to forget it is answered as to anybody", b, "forgot", ask{"who": who}, nil)
	s.check("the next snapshot passes over it", func() error { return l.migrate(t.TempDir(), "users") })
	s.refused("still not", b, "signIn",
		ask{"who": who, "password": stack.LegacyPassword, "flow": "USER_PASSWORD_AUTH"}, "NotAuthorizedException", "Incorrect username or password")
	l.wait("rest", l.idle) // the message about the deletion waits for a minute, and finds it done
	s.check("nobody is there, and no code went out", func() error {
		if _, there := l.Cognito.User(who); there || l.codes(who) != before {
			return fmt.Errorf("user %t, %d codes, want none and %d", there, l.codes(who), before)
		}
		return nil
	})
	var up struct{ Sub string }
	s.must("sign up anew", b, "signUp", ask{"who": who, "password": chosen, "metadata": terms}, &up)
	s.must("confirm with the code", b, "confirm", ask{"who": who, "code": l.code(who, before+1)}, nil)
	s.check("as somebody new, who has paid nothing", func() error {
		if up.Sub == user.Sub || l.text("entitlements", up.Sub, "tier") == "pro" {
			return fmt.Errorf("sub %s, tier %s", up.Sub, l.text("entitlements", up.Sub, "tier"))
		}
		return nil
	})
}

// TestAnAddressWhoseMailComesBackIsTold loses a mailbox and asks for a code.
func TestAnAddressWhoseMailComesBackIsTold(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	const who, stranger = "lost@example.com", "stranger@example.com"
	status := func(email string) answer {
		return l.call(http.MethodPost, "/api/mail/status", "", strings.NewReader(`{"email":"`+email+`"}`))
	}
	l.register(s, b, who)
	s.check("mail arrives, to somebody here as to a stranger", func() error {
		known, unknown := status(who), status(stranger)
		if known.Status != http.StatusOK || known.Body != `{"deliverable":true}` || known.Body != unknown.Body || unknown.Status != http.StatusOK {
			return fmt.Errorf("answered %d %s and %d %s", known.Status, known.Body, unknown.Status, unknown.Body)
		}
		return nil
	})
	s.do("the mailbox is closed", func() { l.AWS.SES.Mark(who, "bounce") })
	s.must("forget the password", b, "forgot", ask{"who": who}, nil)
	s.check("the code comes back, and the page can say so", func() error {
		l.wait("the bounce", func() bool { return status(who).Status == http.StatusForbidden })
		if a := status("LOST@example.com"); a.field("code") != "EMAIL_UNDELIVERABLE" || !strings.Contains(a.field("detail"), "Use another address") {
			return fmt.Errorf("answered %d %s", a.Status, a.Body)
		}
		return nil
	})
	sent := len(l.mails(who))
	s.must("ask for another code all the same", b, "forgot", ask{"who": who}, nil)
	l.settled()
	s.check("no mail is sent into the void", func() error {
		if n := len(l.mails(who)); n != sent {
			return fmt.Errorf("%d mails more", n-sent)
		}
		return nil
	})
	s.check("who asks too often is told to wait", func() error {
		for range 50 {
			if a := status(stranger); a.Status == http.StatusTooManyRequests {
				if a.field("code") != "RATE_LIMITED" || a.Header.Get("Retry-After") == "" {
					return fmt.Errorf("answered %s, Retry-After %q", a.Body, a.Header.Get("Retry-After"))
				}
				return nil
			}
		}
		return fmt.Errorf("fifty questions were answered")
	})
}
