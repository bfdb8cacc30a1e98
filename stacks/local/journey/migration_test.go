package journey_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/stacks/local/stack"
)

// migrate runs the operator's program against the fleet.
func (l *local) migrate(state string, args ...string) error {
	l.t.Helper()
	cmd := exec.CommandContext(l.t.Context(), "go", append([]string{"run", "./stacks/migrate", "-local", "-endpoint", l.URL("aws"), "-state", state}, args...)...)
	cmd.Dir = dynamotest.Root(l.t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("migrate %v: %w\n%s", args, err, out)
	}
	return nil
}

// TestAUserOfTheOldSystemComesOver moves the one whom the stand-in begins with:
// snapshot, payments, a stranger at the door, the old password, and everything
// that was paid for.
func TestAUserOfTheOldSystemComesOver(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	who, state := stack.LegacyEmail, t.TempDir()

	s.check("take the snapshot", func() error { return l.migrate(state, "users") })
	s.check("bring the payments over", func() error { return l.migrate(state, "plans") })
	s.check("a stranger cannot have the address", func() error {
		err := b.try("signUp", ask{"who": who, "password": password, "metadata": terms}, nil)
		if got := fmt.Sprint(err); !strings.Contains(got, "USE_SIGN_IN") {
			return fmt.Errorf("sign-up with the legacy address = %s, want USE_SIGN_IN", got)
		}
		return nil
	})
	s.check("a wrong password is one", func() error {
		err := b.try("signIn", ask{"who": who, "password": password, "flow": "USER_PASSWORD_AUTH"}, nil)
		if got := fmt.Sprint(err); !strings.Contains(got, "Incorrect username or password") {
			return fmt.Errorf("sign-in with a wrong password = %s", got)
		}
		return nil
	})
	if _, there := l.Cognito.User(who); there {
		t.Fatal("a stranger's attempts made a user")
	}
	var in tokens
	s.must("sign in with the old password", b, "signIn", ask{"who": who, "password": stack.LegacyPassword, "flow": "USER_PASSWORD_AUTH"}, &in)
	user, _ := l.Cognito.User(who)
	s.check("meet the terms", func() error { return statusOf(l.profile(in.Access), http.StatusForbidden) })
	s.check("accept them", func() error {
		return statusOf(l.call(http.MethodPost, "/api/consent", in.Access, strings.NewReader(`{"tos_version":"2026-06-01"}`)), http.StatusOK)
	})
	s.check("read the profile", func() error {
		p := l.profile(in.Access)
		if p.field("email") != who || p.field("name") != "Lee Gacy" {
			return fmt.Errorf("profile = %d %s", p.Status, p.Body)
		}
		return nil
	})
	s.check("have what was paid for", func() error {
		if tier := l.text("entitlements", user.Sub, "tier"); tier != "pro" {
			return fmt.Errorf("tier is %q, want pro", tier)
		}
		customer := l.text("entitlements", user.Sub, "stripe_customer_id")
		if n := len(l.Stripe.Customers()); n != 1 || l.customers(user.Sub) != 1 {
			return fmt.Errorf("Stripe has %d customers, linked is %s, want the old one alone", n, customer)
		}
		return nil
	})
	s.must("sign in again, without the password on its way", b, "signIn", ask{"who": who, "password": stack.LegacyPassword}, &in)
	s.check("sync the profiles", func() error { return l.migrate(state, "profiles") })
}
