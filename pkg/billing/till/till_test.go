package till_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/billing/till"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/entitlement"
)

// settings are those of every function of billing.
func settings() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_ENDPOINT_URL": "http://aws.test",
		"STRIPE_API_BASE": "http://stripe.test", "SECRET_STRIPE": "callanalyst/stripe", "SITE_URL": "https://site.test/",
		"TABLE_ENTITLEMENTS": "entitlements", "TABLE_STRIPE_EVENTS": "stripe_events", "TABLE_PROFILES": "profiles", "TABLE_LEGACY_USERS": "legacy_users", "USER_POOL_ID": "us-east-2_X",
	}
}

// process is a process with the settings whose calls go through the transport.
func process(env map[string]string, through http.RoundTripper) *boot.Process {
	p := boot.NewProcess("test", func(name string) (string, bool) { v, ok := env[name]; return v, ok }, io.Discard)
	p.HTTP = &http.Client{Transport: through}
	return p
}

// transport answers every request by a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

var errDown = errors.New("connection refused")

func down(*http.Request) (*http.Response, error) { return nil, errDown }

// world answers for Secrets Manager and Stripe.
func world(t *testing.T, secret string) transport {
	t.Helper()
	aws := awstest.New(awstest.Config{})
	if _, err := aws.Secrets.CreateSecret(t.Context(), awstest.SecretInput{Name: "callanalyst/stripe", SecretString: &secret}); err != nil {
		t.Fatal(err)
	}
	stripe := stripetest.New(stripetest.Config{})
	return func(r *http.Request) (*http.Response, error) {
		var h http.Handler = stripe
		if r.URL.Host == "aws.test" {
			h = aws
		}
		return stripetest.Transport{Handler: h}.RoundTrip(r)
	}
}

// Each part asks for the settings that it needs, all at once, and for no others.
func TestPartsAskForTheirSettings(t *testing.T) {
	t.Parallel()
	common := []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "SECRET_STRIPE", "TABLE_ENTITLEMENTS"}
	tests := []struct {
		name string
		part func(*till.Till)
		more []string
	}{
		{name: "checkout", part: func(x *till.Till) { x.Checkout() }, more: []string{"TABLE_LEGACY_USERS", "TABLE_PROFILES", "USER_POOL_ID"}},
		{name: "visit", part: func(x *till.Till) { x.Visit() }},
		{name: "portal", part: func(x *till.Till) { x.Portal() }, more: []string{"TABLE_LEGACY_USERS", "TABLE_PROFILES", "USER_POOL_ID"}},
		{name: "receiver", part: func(x *till.Till) { x.Receiver() }, more: []string{"TABLE_STRIPE_EVENTS"}},
		{name: "reconciler", part: func(x *till.Till) { x.Reconciler() }, more: []string{"TABLE_STRIPE_EVENTS"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := process(nil, transport(down))
			tt.part(till.Open(p))
			_, list, _ := strings.Cut(p.Env.Err().Error(), "not set: ")
			got := strings.Split(list, ", ")
			want := slices.Concat(common, tt.more)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("missing %q, want %q", got, want)
			}
			whole := process(settings(), transport(down))
			tt.part(till.Open(whole))
			if err := whole.Env.Err(); err != nil {
				t.Errorf("with all settings: %v", err)
			}
		})
	}
}

func TestCheckoutIsSetUpFromTheSettings(t *testing.T) {
	t.Parallel()
	env := settings()
	env["CHECKOUT_TRIAL_DAYS"], env["CHECKOUT_AUTOMATIC_TAX"] = "14", "true"
	c := till.Open(process(env, transport(down))).Checkout()
	if c.TrialDays != 14 || !c.AutomaticTax {
		t.Errorf("checkout has a trial of %d days and tax %v", c.TrialDays, c.AutomaticTax)
	}
	if want := billing.PagesOf("https://site.test"); c.Pages != want {
		t.Errorf("pages = %+v, want %+v", c.Pages, want)
	}
	for _, days := range []string{"-1", "731", "two"} {
		env["CHECKOUT_TRIAL_DAYS"] = days
		p := process(env, transport(down))
		till.Open(p).Checkout()
		if err := p.Env.Err(); err == nil || !strings.Contains(err.Error(), "CHECKOUT_TRIAL_DAYS") {
			t.Errorf("a trial of %s days: %v", days, err)
		}
	}
}

func TestTerms(t *testing.T) {
	t.Parallel()
	p := process(map[string]string{"TOS_VERSION": "2027-01-01"}, transport(down))
	if got := till.Terms(p); got != consent.Required("2027-01-01") {
		t.Errorf("terms = %s", got)
	}
}

// The process that takes webhooks must not start with a secret that verifies
// what anybody signs; but a Secrets Manager that is down for a moment is no
// reason not to start.
func TestCheckSecrets(t *testing.T) {
	t.Parallel()
	for secret, refused := range map[string]bool{
		`{"secret_key":"sk_test_1","webhook_secrets":["whsec_1"]}`:    false,
		`{"secret_key":"sk_test_1","webhook_secrets":["whsec_1",""]}`: true,
		`{"secret_key":"sk_test_1","webhook_secrets":["whsec_"]}`:     true,
		`{"secret_key":"sk_test_1","webhook_secrets":[]}`:             true,
		`{"secret_key":"sk_test_1"}`:                                  true,
	} {
		err := till.Open(process(settings(), world(t, secret))).CheckSecrets(t.Context())
		if errors.Is(err, billing.ErrNoSecret) != refused || (err != nil) != refused {
			t.Errorf("%s: %v, want refused = %v", secret, err, refused)
		}
	}
	if err := till.Open(process(settings(), transport(down))).CheckSecrets(t.Context()); err != nil {
		t.Errorf("with Secrets Manager down: %v", err)
	}
}

func TestWarmFetchesAheadAndWaitsForNobody(t *testing.T) {
	t.Parallel()
	t.Run("all is well", func(t *testing.T) {
		t.Parallel()
		through := world(t, `{"secret_key":"`+stripetest.TestKey+`","webhook_secrets":["whsec_1"]}`)
		var mu sync.Mutex
		var asked []string
		x := till.Open(process(settings(), transport(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			defer mu.Unlock()
			if r.Method != http.MethodHead {
				asked = append(asked, r.URL.Host+r.URL.Path)
			}
			return through(r)
		})))
		x.Warm(t.Context(), x.Prices)
		if id, err := x.Checkout().Prices.Of(t.Context(), planOfPro()); err != nil || id != "price_pro_monthly" {
			t.Errorf("Of(pro) = %q, %v", id, err)
		}
		if n := len(slices.DeleteFunc(asked, func(a string) bool { return a != "stripe.test/v1/prices" })); n != 1 {
			t.Errorf("prices were looked up %d times, want once, ahead", n)
		}
	})
	t.Run("everybody is silent", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			silent := transport(func(r *http.Request) (*http.Response, error) {
				<-r.Context().Done()
				return nil, r.Context().Err()
			})
			x := till.Open(process(settings(), silent))
			began := time.Now()
			x.Warm(context.WithoutCancel(t.Context()), x.Prices)
			if took := time.Since(began); took > 600*time.Millisecond {
				t.Errorf("warming took %v", took)
			}
		})
	})
}
func planOfPro() entitlement.Plan { return entitlement.PlanOf(entitlement.Pro) }
