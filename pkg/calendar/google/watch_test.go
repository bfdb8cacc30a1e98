package google_test

import (
	"errors"
	"testing"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/googletest"
)

const hook = "https://callanalyst.example/webhooks/google"

func TestAChannelIsOpenedAndStopped(t *testing.T) {
	t.Parallel()
	a := openAgenda(t)
	resource, until, err := a.events.Watch(t.Context(), a.access, "c1", "s1", hook)
	if err != nil || resource == "" || !until.Equal(a.clock.at.AddDate(0, 0, 7)) || a.Listening(ada) != 1 {
		t.Fatalf("Watch = %q until %v, %v, with %d channels, want one for a week", resource, until, err, a.Listening(ada))
	}
	if err := a.events.Stop(t.Context(), a.access, "c1", "another"); err == nil || a.Listening(ada) != 1 {
		t.Errorf("with another resource: %v, want a refusal", err)
	}
	if err := a.events.Stop(t.Context(), a.access, "c1", resource); err != nil || a.Listening(ada) != 0 {
		t.Errorf("Stop: %v, with %d channels left", err, a.Listening(ada))
	}
}

func TestWhatGoogleSaysToChannels(t *testing.T) {
	t.Parallel()
	const watch = "POST /calendar/v3/calendars/primary/events/watch"
	body := func(text string) func(a *agenda) {
		return func(a *agenda) { a.Break(googletest.Fault{Match: watch, Status: 200, Body: text}) }
	}
	tests := []struct {
		name    string
		spoil   func(a *agenda)
		address string
		want    error
	}{
		{"an address without TLS", nil, "http://callanalyst.example/webhooks/google", calendar.ErrGoogle},
		{"no address", nil, "", calendar.ErrGoogle},
		{"a token that has run out", func(a *agenda) { a.clock.at = a.clock.at.Add(time.Hour) }, hook, google.ErrToken},
		{"a quota that is used up", func(a *agenda) { a.Calendars.Limit(googletest.Quota{Channels: 1}) }, hook, google.ErrThrottled},
		{"a broken front end", func(a *agenda) { a.Break(googletest.Fault{Match: watch, Status: 502}) }, hook, calendar.ErrGoogle},
		{"no answer", func(a *agenda) { a.Break(googletest.Fault{Match: watch}) }, hook, calendar.ErrGoogle},
		{"no JSON", body("OK"), hook, calendar.ErrGoogle},
		{"no end", body(`{"resourceId":"r"}`), hook, calendar.ErrGoogle},
		{"no resource", body(`{"expiration":"1785700320000"}`), hook, calendar.ErrGoogle},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := openAgenda(t)
			if _, _, err := a.events.Watch(t.Context(), a.access, "c0", "s", hook); err != nil {
				t.Fatal(err)
			}
			if tt.spoil != nil {
				tt.spoil(a)
			}
			if _, _, err := a.events.Watch(t.Context(), a.access, "c1", "s", tt.address); !errors.Is(err, tt.want) {
				t.Errorf("Watch: %v, want %v", err, tt.want)
			}
		})
	}
}
