package calendar_test

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/googletest"
)

const sub = "3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10"

// channel makes a channel that lasts for a week.
func channel(t *testing.T, sub string) (c calendar.Channel, secret string) {
	t.Helper()
	c, secret, err := calendar.NewChannel(sub, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c.Resource, c.Until, c.RenewAt = "resource-1", noon.AddDate(0, 0, 7), noon.AddDate(0, 0, 6)
	return c, secret
}

func TestAChannelNamesItsUserAndHidesItsSecret(t *testing.T) {
	t.Parallel()
	c, secret := channel(t, sub)
	other, _ := channel(t, sub)
	if got, ok := calendar.ChannelOwner(c.ID); got != sub || !ok || len(c.ID) > 64 || c.ID == other.ID {
		t.Errorf("the channel %q is of %q, %v, want %q, at most 64 letters, and no two alike (%q)", c.ID, got, ok, sub, other.ID)
	}
	if len(secret) != 43 || strings.Contains(c.ID+c.Token, secret) || c.Token == other.Token {
		t.Errorf("the secret %q is in %+v, or short, or another's too", secret, c)
	}
	if _, _, err := calendar.NewChannel(strings.Repeat("x", 39), rand.Reader); err == nil {
		t.Error("a sub of 39 letters has a channel, whose id Google does not take")
	}
	if _, _, err := calendar.NewChannel(sub, iotest.ErrReader(errDown)); !errors.Is(err, errDown) {
		t.Errorf("without randomness: %v", err)
	}
}

// TestWhatProvesAChannel spoils one part at a time.
func TestWhatProvesAChannel(t *testing.T) {
	t.Parallel()
	c, secret := channel(t, sub)
	other, others := channel(t, sub)
	tests := []struct {
		name       string
		c          calendar.Channel
		id, secret string
		now        time.Time
		want       bool
	}{
		{"its own", c, c.ID, secret, noon, true},
		{"a guess", c, c.ID, "guess", noon, false},
		{"no secret", c, c.ID, "", noon, false},
		{"the hash from the table", c, c.ID, c.Token, noon, false},
		{"a former channel's id", c, other.ID, secret, noon, false},
		{"a former channel's secret", c, c.ID, others, noon, false},
		{"when it has ended", c, c.ID, secret, c.Until, false},
		{"of none", calendar.Channel{}, "", "", noon, false},
		{"of none that would last", calendar.Channel{Until: c.Until}, "", "", noon, false},
	}
	for _, tt := range tests {
		if got := tt.c.Proves(tt.id, tt.secret, tt.now); got != tt.want {
			t.Errorf("%s: Proves = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzChannelOwner(f *testing.F) {
	for _, id := range []string{"", "=", "dTE=x", "dTE", "dTE=", "=x", "dTF=x", "d TE=x", strings.Repeat("A", 64) + "=x"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		sub, ok := calendar.ChannelOwner(id)
		if !ok {
			return
		}
		c, _, err := calendar.NewChannel(sub, rand.Reader)
		if err != nil {
			return // an id may be shorter than ours: its sub then is too long for us
		}
		if head, _, _ := strings.Cut(id, "="); sub == "" || !strings.HasPrefix(c.ID, head+"=") {
			t.Errorf("%q is of %q, whose channels are %q", id, sub, c.ID)
		}
	})
}

// TestARingIsWrittenOnce lets two messages read the same row.
func TestARingIsWrittenOnce(t *testing.T) {
	t.Parallel()
	s := store(t)
	c := connect(t, s, connected("u1"))
	ch, _ := channel(t, "u1")
	if err := s.Ring(t.Context(), c, noon, noon); !errors.Is(err, calendar.ErrChanged) {
		t.Errorf("without a channel: %v, want ErrChanged", err)
	}
	c, err := s.Save(t.Context(), c, calendar.Look{NextPollAt: noon, Channel: &ch, Share: 8.57})
	if diff := cmp.Diff(ch, c.Channel); diff != "" || err != nil || c.Share != 8.57 {
		t.Fatalf("saved with share %v, %v (-want +got):\n%s", c.Share, err, diff)
	}
	stays, err := s.Save(t.Context(), c, calendar.Look{NextPollAt: noon})
	if err != nil || stays.Channel != ch || stays.Share != 8.57 {
		t.Errorf("a look that says nothing of it leaves %+v, %v, %v", stays.Channel, stays.Share, err)
	}
	if err := s.Ring(t.Context(), c, noon.Add(time.Minute), noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Ring(t.Context(), c, noon.Add(time.Minute), noon.Add(time.Hour)); !errors.Is(err, calendar.ErrChanged) {
		t.Errorf("a second one of the same row: %v, want ErrChanged", err)
	}
	got := get(t, s, "u1")
	if !got.PushAt.Equal(noon.Add(time.Minute)) || !got.PushPaid.Equal(noon.Add(time.Hour)) || got.Version != stays.Version || !got.NextPollAt.Equal(noon) {
		t.Errorf("the row is %+v, want the ring in it, and its version and next poll as they were", got)
	}
	replaced, _ := channel(t, "u1")
	if _, err := s.Save(t.Context(), got, calendar.Look{NextPollAt: noon, Channel: &replaced}); err != nil {
		t.Fatal(err)
	}
	if err := s.Ring(t.Context(), got, noon, noon); !errors.Is(err, calendar.ErrChanged) {
		t.Errorf("by a channel that was replaced meanwhile: %v, want ErrChanged", err)
	}
	c = get(t, s, "u1")
	for _, to := range []calendar.State{calendar.Ending, calendar.Revoked} {
		if ended, err := s.Retire(t.Context(), c, to); err != nil || ended.Channel != (calendar.Channel{}) {
			t.Errorf("%s: it has the channel %+v, %v", to, ended.Channel, err)
		}
		if err := s.Ring(t.Context(), c, noon, noon); !errors.Is(err, calendar.ErrChanged) {
			t.Errorf("%s: %v, want ErrChanged", to, err)
		}
	}
}

// TestLeavingStopsTheChannel has Google fail, or the token be too old, too: the
// user gets rid of the connection all the same.
func TestLeavingStopsTheChannel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		spoil func(w *world)
		left  int
	}{
		{"as a rule", func(*world) {}, 0},
		{"Google is down", func(w *world) {
			w.google.Break(googletest.Fault{Match: "POST /calendar/v3/channels/stop", Status: 503})
		}, 1},
		{"the access token is too old", func(w *world) { w.pass(2 * time.Hour) }, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			c := w.connect("u1", gmail)
			access, err := w.vault.Open(t.Context(), "u1", calendar.AccessToken, c.Access)
			if err != nil {
				t.Fatal(err)
			}
			ch, secret := channel(t, "u1")
			if ch.Resource, ch.Until, err = w.events.Watch(t.Context(), access, ch.ID, secret, site+"/webhooks/google"); err != nil {
				t.Fatal(err)
			}
			if _, err := w.store.Save(t.Context(), c, calendar.Look{NextPollAt: noon, Channel: &ch}); err != nil {
				t.Fatal(err)
			}
			tt.spoil(w)
			if err := w.leaver().Revoke(t.Context(), "u1"); err != nil {
				t.Errorf("Revoke: %v", err)
			}
			if n := w.google.Listening(gmail); n != tt.left || get(t, w.store, "u1").State != calendar.None {
				t.Errorf("left are %d channels and %+v, want %d and nothing", n, get(t, w.store, "u1"), tt.left)
			}
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("the log has the secret: %s", w.log)
			}
		})
	}
}
