package notetaker_test

import (
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/notetaker"
)

func TestTheGateIsInFrontOfEverythingThatShows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	own(t, w.db)
	gate := notetaker.Gate{Entitlements: w.db.Table("entitlements"), Terms: consent.Required("2026-06-01")}
	tests := []struct {
		name string
		row  notetaker.Item
		want string
	}{
		{"no row at all", nil, "TOS_REQUIRED"},
		{"old terms", notetaker.Item{"tos_version": str("2025-01-01")}, "TOS_REQUIRED"},
		{"locked", notetaker.Item{"tos_version": str("2026-06-01"), "disabled": sure()}, "ACCOUNT_DISABLED"},
		{"accepted", notetaker.Item{"tos_version": str("2026-06-01")}, ""},
	}
	for _, tt := range tests {
		if tt.row != nil {
			tt.row["cognito_sub"] = str("u1")
			put(t, w.db, "entitlements", tt.row)
		}
		r := newReader(w.db)
		r.Gate = gate
		page, err := r.Read(t.Context(), "u1", "b1", 0)
		if code(err) != tt.want || (tt.want != "" && page.Status != "") {
			t.Errorf("%s: Read = %+v, %v, want %q", tt.name, page, err, tt.want)
		}
		if _, err := (notetaker.Lister{Store: w.desk.Store, Gate: gate}).List(t.Context(), "u1"); code(err) != tt.want {
			t.Errorf("%s: List = %v, want %q", tt.name, err, tt.want)
		}
		if _, err := w.desk.Join(t.Context(), "u1", notetaker.Order{MeetingURL: zoom}); code(err) != tt.want {
			t.Errorf("%s: Join = %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dynamotest.New(t))
	w.user("u1", "pro")
	at := func(d time.Duration) *time.Time { x := w.now().Add(d); return &x }
	long := make([]rune, 201)
	for i := range long {
		long[i] = 'ü'
	}
	for name, o := range map[string]notetaker.Order{
		"no link":            {},
		"a link to anywhere": {MeetingURL: "https://169.254.169.254/latest/meta-data"},
		"a start long past":  {MeetingURL: zoom, JoinAt: at(-6 * time.Minute)},
		"a start far ahead":  {MeetingURL: zoom, JoinAt: at(91 * 24 * time.Hour)},
		"a long title":       {MeetingURL: zoom, Title: string(long)},
	} {
		if _, err := w.desk.Join(t.Context(), "u1", o); code(err) != "INVALID_FIELD" {
			t.Errorf("%s: %v, want INVALID_FIELD", name, err)
		}
	}
	if calls := w.recall.Calls(); len(calls) > 0 {
		t.Errorf("Recall was called: %v", calls)
	}
	if _, err := w.desk.Join(t.Context(), "u1", notetaker.Order{MeetingURL: zoom, JoinAt: at(-4 * time.Minute)}); err != nil {
		t.Errorf("a start four minutes ago: %v, want a bot at once", err)
	}
}
