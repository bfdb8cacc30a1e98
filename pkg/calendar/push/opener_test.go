package push_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/google"
	"callanalyst/pkg/calendar/push"
)

// desk is a Google that opens channels, or fails; it keeps what it was asked for.
type desk struct {
	err   error
	life  time.Duration
	asked []string
}

func (d *desk) Watch(_ context.Context, access, id, secret, address string) (string, time.Time, error) {
	d.asked = append(d.asked, access+" "+id+" "+secret+" "+address)
	if d.err != nil {
		return "", time.Time{}, d.err
	}
	return "r1", noon.Add(d.life), nil
}

const week = 7 * 24 * time.Hour

func opener(d *desk, log *bytes.Buffer) *push.Opener {
	return &push.Opener{Google: d, Address: "https://site/webhooks/google", Rand: rand.Reader, Log: slog.New(slog.NewJSONHandler(log, nil)), Now: func() time.Time { return noon }}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	live := calendar.Channel{ID: "dTE=old", Resource: "r0", Until: noon.Add(20 * time.Hour), RenewAt: noon}
	until := func(renew time.Duration) calendar.Channel {
		c := live
		c.RenewAt = noon.Add(renew)
		return c
	}
	tried := func(c calendar.Channel, failures int) calendar.Channel { c.Failures = failures; return c }
	tests := []struct {
		name  string
		c     calendar.Channel
		err   error
		life  time.Duration
		id    string        // of the channel afterwards; "new", or "unasked" for no try at all
		renew time.Duration // until the next try
		fails int
	}{
		{"none yet", calendar.Channel{}, nil, week, "new", week - 24*time.Hour, 0},
		{"one that ends within a day", live, nil, week, "new", week - 24*time.Hour, 0},
		{"one that lasts", until(time.Second), nil, week, "unasked", 0, 0},
		{"Google gives less than a day", calendar.Channel{}, nil, time.Hour, "new", time.Hour, 0},
		{"after failures it is as if there had been none", tried(live, 5), nil, week, "new", week - 24*time.Hour, 0},
		{"a failure leaves the old one", live, errDown, 0, live.ID, time.Hour, 1},
		{"the first failure of all", calendar.Channel{}, errDown, 0, "", time.Hour, 1},
		{"the third", tried(calendar.Channel{}, 2), errDown, 0, "", 4 * time.Hour, 3},
		{"the hundredth", tried(calendar.Channel{}, 99), errDown, 0, "", 64 * time.Hour, 100},
		{"Google says when", tried(live, 0), google.ErrThrottled.After(3 * time.Hour), 0, live.ID, 3 * time.Hour, 1},
	}
	for _, tt := range tests {
		var log bytes.Buffer
		d := &desk{err: tt.err, life: tt.life}
		got := opener(d, &log).Open(t.Context(), "access", calendar.Connection{Sub: "u1", Channel: tt.c})
		if tt.id == "unasked" {
			if got != nil || len(d.asked) != 0 {
				t.Errorf("%s: %+v, asked %q, want nothing", tt.name, got, d.asked)
			}
			continue
		}
		if got == nil || !got.RenewAt.Equal(noon.Add(tt.renew)) || got.Failures != tt.fails {
			t.Errorf("%s: %+v, want the next in %s after %d failures", tt.name, got, tt.renew, tt.fails)
			continue
		}
		if isNew := got.ID != tt.c.ID && got.Resource == "r1" && got.Until.Equal(noon.Add(tt.life)); isNew != (tt.id == "new") {
			t.Errorf("%s: %+v, want %s", tt.name, got, tt.id)
		}
		if tt.err != nil && !strings.Contains(log.String(), `"CalendarChannelsFailed"`) {
			t.Errorf("%s: the log is %s", tt.name, &log)
		}
	}
}

// TestTheSecretGoesToGoogleAlone holds that what is kept proves the secret and is
// not it.
func TestTheSecretGoesToGoogleAlone(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	d := &desk{life: week}
	c := opener(d, &log).Open(t.Context(), "access", calendar.Connection{Sub: "u1"})
	part := strings.Fields(d.asked[0])
	if part[0] != "access" || part[1] != c.ID || part[3] != "https://site/webhooks/google" || !c.Proves(part[1], part[2], noon) {
		t.Errorf("asked %q for %+v", d.asked, c)
	}
	if strings.Contains(log.String()+c.Token+c.ID, part[2]) {
		t.Errorf("the secret is in %+v or in the log %s", c, &log)
	}
	d.err = errDown
	if opener(d, &log).Open(t.Context(), "access", calendar.Connection{Sub: "u1"}); strings.Contains(log.String(), strings.Fields(d.asked[1])[2]) {
		t.Errorf("after a failure the secret is in the log %s", &log)
	}
}

func TestWithoutRandomnessNobodyIsAsked(t *testing.T) {
	t.Parallel()
	d := &desk{life: week}
	o := opener(d, &bytes.Buffer{})
	o.Rand = iotest.ErrReader(errors.New("no randomness"))
	if got := o.Open(t.Context(), "access", calendar.Connection{Sub: "u1"}); got == nil || got.ID != "" || got.Failures != 1 || len(d.asked) != 0 {
		t.Errorf("Open = %+v, asked %q, want a failure and no call", got, d.asked)
	}
}
