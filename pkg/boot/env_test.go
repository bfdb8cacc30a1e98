package boot_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"callanalyst/pkg/boot"
)

func env(pairs ...string) *boot.Env {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return &boot.Env{Lookup: func(k string) (string, bool) { v, ok := m[k]; return v, ok }}
}

func TestEnvNamesAllThatIsMissingInOneError(t *testing.T) {
	t.Parallel()
	e := env("SET", "x", "BLANK", "  ", "BASE", "stripe.com")
	e.Need("SET")
	e.Need("BLANK")
	e.Table("stripe_events")
	e.Queue("ses-events")
	e.Secret("stripe")
	e.Secret("stripe")
	e.URL("BASE", "")
	err := e.Err()
	if !errors.Is(err, boot.ErrConfiguration) {
		t.Fatalf("Err() = %v, want ErrConfiguration", err)
	}
	want := "configuration: not set: BLANK, TABLE_STRIPE_EVENTS, QUEUE_SES_EVENTS, SECRET_STRIPE; BASE must be an absolute http or https address"
	if err.Error() != want {
		t.Errorf("Err() = %q, want %q", err, want)
	}
}

func TestEnvReads(t *testing.T) {
	t.Parallel()
	e := env("A", " a ", "LIST", "x, y,,z", "BASE", "http://127.0.0.1:1/")
	if got := e.Need("A"); got != "a" {
		t.Errorf("Need(A) = %q, want a", got)
	}
	if got := e.Or("B", "def"); got != "def" {
		t.Errorf("Or(B) = %q, want def", got)
	}
	if got := e.List("LIST", ""); !slices.Equal(got, []string{"x", "y", "z"}) {
		t.Errorf("List(LIST) = %q, want x y z", got)
	}
	if got := e.URL("BASE", ""); got != "http://127.0.0.1:1" {
		t.Errorf("URL(BASE) = %q, want it without the slash", got)
	}
	if err := e.Err(); err != nil {
		t.Errorf("Err() = %v, want nil", err)
	}
}

func TestWrongNeverRepeatsTheValue(t *testing.T) {
	t.Parallel()
	e := env("STRIPE_API_BASE", "sk_live_oops")
	e.URL("STRIPE_API_BASE", "")
	if err := e.Err(); err == nil || strings.Contains(err.Error(), "oops") {
		t.Errorf("Err() = %v, want an error without the value", err)
	}
}
