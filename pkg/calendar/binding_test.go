package calendar_test

import (
	"net/http"
	"testing"

	"callanalyst/pkg/calendar"
)

func TestBinding(t *testing.T) {
	t.Parallel()
	tests := []struct {
		site, keep, drop string
	}{
		{"https://callanalyst.app",
			"__Host-calendar-oauth=secret; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax",
			"__Host-calendar-oauth=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax"},
		{"http://localhost:8787",
			"calendar-oauth=secret; Path=/; Max-Age=600; HttpOnly; SameSite=Lax",
			"calendar-oauth=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"},
	}
	for _, tt := range tests {
		b := calendar.BindingFor(tt.site)
		if got := b.Keep("secret").String(); got != tt.keep {
			t.Errorf("%s keeps %q, want %q", tt.site, got, tt.keep)
		}
		if got := b.Drop().String(); got != tt.drop {
			t.Errorf("%s drops by %q, want %q", tt.site, got, tt.drop)
		}
		kept := http.Header{"Cookie": {"a=b; calendar-oauth=plain; __Host-calendar-oauth=host"}}
		want := map[bool]string{true: "host", false: "plain"}[b.Secure]
		if got := b.Read(kept); got != want {
			t.Errorf("%s reads %q, want %q: a plain cookie can be set by other hosts", tt.site, got, want)
		}
		if got := b.Read(http.Header{}); got != "" {
			t.Errorf("without a cookie %s reads %q", tt.site, got)
		}
	}
}
