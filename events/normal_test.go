package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 7, 14, 12, 0, 0, 0, time.UTC)

func TestMasksText(t *testing.T) {
	t.Parallel()
	m := &masks{now: noon, known: "sub 3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10 at 2026-07-14T11:00:00Z of cus_TheSamplesOwn0001"}
	m.add("482913", "<code>")
	m.add("sk_test_callanalyst", "<secret>")
	tests := []struct{ name, text, want string }{
		{"a code", "Your code is 482913.", "Your code is <code>."},
		{"a secret", "Bearer sk_test_callanalyst", "Bearer <secret>"},
		{"a token", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "<token>"},
		{"a fresh id", "id 11111111-2222-4333-8444-555555555555", "id <uuid>"},
		{"the sample's own id", "3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10", "3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10"},
		{"a mail's id", "010fa51e3b5710c14fbe9cbb9fa5f1507259-000000", "<message id>"},
		{"a time that sorts as text", "001784030400000#lease", "<now>#lease"},
		{"a key that a library made up", "1795294542530791460_N578-g", "<random>"},
		{"three days ago", "2026-07-11T12:00:00Z", "<now-3d>"},
		{"a customer", "cus_AbCdEfGhIjKlMnOp", "<cus>"},
		{"the sample's own customer", "cus_TheSamplesOwn0001", "cus_TheSamplesOwn0001"},
		{"a hash", "mail " + strings.Repeat("a1", 32), "mail <hash>"},
		{"an address of this machine", "http://127.0.0.1:40123/queue", "<here>/queue"},
		{"the time", "2026-07-14T12:00:02.123Z", "<now>"},
		{"a time zone", "2026-07-14T14:00:02+02:00", "<now>"},
		{"an expiry", "2026-08-13T12:00:00Z", "<now+30d>"},
		{"an hour ago", "2026-07-14T10:00:00Z", "<now-2h>"},
		{"the sample's own time", "2026-07-14T11:00:00Z", "2026-07-14T11:00:00Z"},
		{"a time long ago", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z"},
		{"a version of the terms", "2026-06-01", "2026-06-01"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := m.text(tt.text); got != tt.want {
				t.Errorf("text(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestMasksValue(t *testing.T) {
	t.Parallel()
	m := &masks{now: noon, known: "1784046728"}
	m.add("hush", "<secret>")
	in := decoded([]byte(`{
		"hush": ["hush", true, null, 12, 1.5],
		"seconds": 1784030400, "text": "1784030400", "milliseconds": 1784030400500,
		"ttl": 1786622400, "long ago": 1500000000, "sample": 1784046728, "CiphertextBlob": "AQID", "period": "2026-07", "other": "2026-06"}`))
	before := compactJSON(in)
	got := m.value(in)
	want := decoded([]byte(`{
		"<secret>": ["<secret>", true, null, 12, 1.5],
		"seconds": "<now>", "text": "<now>", "milliseconds": "<now>",
		"ttl": "<now+30d>", "long ago": 1500000000, "sample": 1784046728, "CiphertextBlob": "<encrypted>", "period": "<month>", "other": "2026-06"}`))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("value (-want +got):\n%s", diff)
	}
	if after := compactJSON(in); after != before {
		t.Errorf("value changed what it was given to %s", after)
	}
}
