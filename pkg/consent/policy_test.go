package consent_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/consent"
	"callanalyst/pkg/fault"
)

const (
	june      = "2026-06-01"
	september = "2026-09-01"
)

type metadata = map[string]string

func policy(tb testing.TB) consent.Policy {
	tb.Helper()
	p, err := consent.NewPolicy(june, september)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func TestAccept(t *testing.T) {
	t.Parallel()
	signUp := func(version string, c *consent.Cookies) consent.Acceptance {
		return consent.Acceptance{Version: version, Source: consent.SignUp, Cookies: c}
	}
	tests := []struct {
		name     string
		metadata metadata
		want     consent.Acceptance
		err      error
	}{
		{name: "the terms in force", metadata: metadata{"tos_accepted": "true", "tos_version": june}, want: signUp(june, nil)},
		{name: "the next terms", metadata: metadata{"tos_accepted": "true", "tos_version": september}, want: signUp(september, nil)},
		{name: "more than we know", metadata: metadata{"tos_accepted": "true", "tos_version": june, "utm_source": "x", "tos_accepted_at": "1970-01-01"}, want: signUp(june, nil)},

		{name: "yes to all cookies", metadata: metadata{"tos_accepted": "true", "tos_version": june, "cookie_analytics": "true", "cookie_marketing": "true"}, want: signUp(june, &consent.Cookies{Analytics: true, Marketing: true})},
		{name: "no to all cookies is a choice", metadata: metadata{"tos_accepted": "true", "tos_version": june, "cookie_analytics": "false", "cookie_marketing": "false"}, want: signUp(june, &consent.Cookies{})},
		{name: "one cookie answered, the other not", metadata: metadata{"tos_accepted": "true", "tos_version": june, "cookie_marketing": "true"}, want: signUp(june, &consent.Cookies{Marketing: true})},
		{name: "an answer that is none beside one that is", metadata: metadata{"tos_accepted": "true", "tos_version": june, "cookie_analytics": "yes", "cookie_marketing": "false"}, want: signUp(june, &consent.Cookies{})},
		{name: "answers that are none", metadata: metadata{"tos_accepted": "true", "tos_version": june, "cookie_analytics": "TRUE", "cookie_marketing": ""}, want: signUp(june, nil)},

		{name: "no metadata", err: consent.ErrNotAccepted},
		{name: "a version without a yes", metadata: metadata{"tos_version": june}, err: consent.ErrNotAccepted},
		{name: "a no", metadata: metadata{"tos_accepted": "false", "tos_version": june}, err: consent.ErrNotAccepted},
		{name: "a yes in capitals", metadata: metadata{"tos_accepted": "True", "tos_version": june}, err: consent.ErrNotAccepted},
		{name: "a one for a yes", metadata: metadata{"tos_accepted": "1", "tos_version": june}, err: consent.ErrNotAccepted},
		{name: "a yes with a space", metadata: metadata{"tos_accepted": "true ", "tos_version": june}, err: consent.ErrNotAccepted},
		{name: "a yes under another name", metadata: metadata{"TOS_ACCEPTED": "true", "tos_version": june}, err: consent.ErrNotAccepted},
		{name: "a yes to no version", metadata: metadata{"tos_accepted": "true"}, err: consent.ErrNotAccepted},
		{name: "a no to old terms", metadata: metadata{"tos_accepted": "false", "tos_version": "2024-01-01"}, err: consent.ErrNotAccepted},

		{name: "terms that are gone", metadata: metadata{"tos_accepted": "true", "tos_version": "2024-01-01"}, err: consent.ErrStale},
		{name: "terms that nobody wrote", metadata: metadata{"tos_accepted": "true", "tos_version": "9999-12-31"}, err: consent.ErrStale},
		{name: "terms between two versions", metadata: metadata{"tos_accepted": "true", "tos_version": "2026-07-01"}, err: consent.ErrStale},
		{name: "a version with a space", metadata: metadata{"tos_accepted": "true", "tos_version": june + " "}, err: consent.ErrStale},
		{name: "a version that is a key", metadata: metadata{"tos_accepted": "true", "tos_version": "#" + june}, err: consent.ErrStale},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := policy(t).Accept(tt.metadata)
			if !errors.Is(err, tt.err) {
				t.Errorf("Accept(%v) = %v, want %v", tt.metadata, err, tt.err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Errorf("Accept(%v): want -, got +:\n%s", tt.metadata, d)
			}
		})
	}
}

func TestZeroPolicyAcceptsNothing(t *testing.T) {
	t.Parallel()
	for _, version := range []string{june, "", "0001-01-01"} {
		if _, err := (consent.Policy{}).Accept(metadata{"tos_accepted": "true", "tos_version": version}); err == nil {
			t.Errorf("the zero Policy accepts %q", version)
		}
	}
}

func TestNewPolicyDemandsDates(t *testing.T) {
	t.Parallel()
	for _, versions := range [][]string{{""}, {"v2"}, {"2026-6-1"}, {"2026-13-01"}, {"2026-02-30"}, {june, ""}, {june, "2026-09-01T00:00:00Z"}, {"20260601"}} {
		if _, err := consent.NewPolicy(versions[0], versions[1:]...); !errors.Is(err, consent.ErrVersion) {
			t.Errorf("NewPolicy(%q) = %v, want ErrVersion", versions, err)
		}
	}
	if _, err := consent.NewPolicy("2028-02-29"); err != nil {
		t.Errorf("NewPolicy of a leap day: %v", err)
	}
}

// TestRefusalsAreTheirCodes holds the texts that Cognito puts into its own
// sentence, where clients look for them.
func TestRefusalsAreTheirCodes(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"TOS_NOT_ACCEPTED": consent.ErrNotAccepted, "TOS_VERSION_STALE": consent.ErrStale, "TOS_REQUIRED": consent.ErrRequired,
	} {
		if err.Error() != want {
			t.Errorf("Error() = %q, want %q", err, want)
		}
	}
}

func TestRequired(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name               string
		required, accepted string
		in                 bool
	}{
		{name: "the same version", required: june, accepted: june, in: true},
		{name: "a later version", required: june, accepted: september, in: true},
		{name: "a later year", required: june, accepted: "2027-01-01", in: true},
		{name: "the day before", required: june, accepted: "2026-05-31"},
		{name: "an earlier year that sorts late by month", required: june, accepted: "2025-12-31"},
		{name: "nothing", required: june, accepted: ""},
		{name: "text that sorts after every date", required: june, accepted: "yes"},
		{name: "a date with more behind it", required: june, accepted: "2026-06-01x"},
		{name: "a date that there is not", required: june, accepted: "2026-06-31"},
		{name: "nothing required", required: "", accepted: june},
		{name: "nothing required, nothing accepted", required: "", accepted: ""},
		{name: "text required", required: "latest", accepted: "latest"},
		{name: "zeros required", required: "0000-00-00", accepted: june},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := consent.Required(tt.required).Check(tt.accepted)
			if (err == nil) != tt.in {
				t.Fatalf("Required(%q).Check(%q) = %v, want in: %t", tt.required, tt.accepted, err, tt.in)
			}
			if f := fault.Of(err); err != nil && (!errors.Is(err, consent.ErrRequired) || f.Kind != fault.Forbidden || f.Code != "TOS_REQUIRED") {
				t.Errorf("Required(%q).Check(%q) = %v, want ErrRequired", tt.required, tt.accepted, err)
			}
		})
	}
}

// FuzzAccept lets nothing through but a plain yes to a version in force.
func FuzzAccept(f *testing.F) {
	p := policy(f)
	f.Add("true", june, "true", "false")
	f.Add("true", "2026-06-01\x00", "", "")
	f.Fuzz(func(t *testing.T, accepted, version, analytics, marketing string) {
		md := metadata{"tos_accepted": accepted, "tos_version": version, "cookie_analytics": analytics, "cookie_marketing": marketing}
		a, err := p.Accept(md)
		if err != nil {
			return
		}
		if accepted != "true" || a.Version != version || (version != june && version != september) {
			t.Errorf("Accept(%q) = %+v", md, a)
		}
		if a.Cookies != nil && (a.Cookies.Analytics != (analytics == "true") || a.Cookies.Marketing != (marketing == "true")) {
			t.Errorf("Accept(%q) has cookies %+v", md, *a.Cookies)
		}
	})
}
