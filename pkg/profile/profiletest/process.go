package profiletest

import (
	"net/http"
	"strings"
	"testing"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fleet"
)

// The addresses of the parties that stand in. Nothing listens there.
const (
	awsAddress    = "http://aws.test"
	stripeAddress = "http://stripe.test"
)

// Process returns the process of the function called name. Its environment
// holds what the function's row in the manifest grants, and nothing else.
func (w *World) Process(tb testing.TB, name string) *boot.Process {
	tb.Helper()
	f, ok := fleet.Find(name)
	if !ok {
		tb.Fatalf("the manifest has no function %s", name)
	}
	env := w.environment(f)
	lookup := func(name string) (string, bool) {
		v, ok := env[name]
		return v, ok
	}
	p := boot.NewProcess(name, lookup, w.Log)
	p.HTTP = &http.Client{Transport: w}
	p.Now = w.Now
	return p
}

func (w *World) environment(f fleet.Function) map[string]string {
	env := map[string]string{
		"AWS_REGION": "us-east-2", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local",
		"AWS_ENDPOINT_URL": awsAddress, "AWS_ENDPOINT_URL_DYNAMODB": w.DB.URL,
	}
	for _, g := range f.Tables {
		env["TABLE_"+boot.Upper(g.Table)] = w.DB.Table(g.Table)
	}
	for _, q := range f.Sends {
		env["QUEUE_"+boot.Upper(q)] = awsAddress + "/000000000000/" + q
	}
	for _, s := range f.Secrets {
		env["SECRET_"+boot.Upper(s)] = "callanalyst/" + s
	}
	for _, s := range f.Settings {
		if v := w.setting(s); v != "" {
			env[s] = v
		}
	}
	return env
}

// setting is what the world is set to; the others keep their defaults.
func (w *World) setting(name string) string {
	switch name {
	case "USER_POOL_ID":
		return cognitotest.DefaultPoolID
	case "USER_POOL_CLIENT_ID":
		return cognitotest.DefaultClientID
	case "CALENDAR_KEY_ARN":
		return "arn:aws:kms:us-east-2:000000000000:key/ca1e0da2-ca1e-4da2-8ca1-e0da2ca1e0da" // nobody here has a calendar
	case "STRIPE_API_BASE":
		return stripeAddress
	case "JWKS":
		set, _ := w.cfg.Keys.JWKS() // of keys that were just made: cannot fail
		return strings.TrimSpace(string(set))
	}
	return ""
}
