package recalltest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"callanalyst/pkg/notetaker/recalltest"
)

// reborn is the lab's workspace as the next process finds it.
func (l *lab) reborn() *lab {
	l.t.Helper()
	doc, err := l.Snapshot()
	if err != nil {
		l.t.Fatal(err)
	}
	next := newLab(l.t)
	next.time = l.time
	if err := next.Restore(doc); err != nil {
		l.t.Fatal(err)
	}
	if again, err := next.Snapshot(); err != nil || string(again) != string(doc) {
		l.t.Errorf("the restored workspace differs: %v\n%s\n%s", err, again, doc)
	}
	return next
}

// TestASnapshotKeepsTheWorkspace saves one bot that is to come, one in a call and
// one deleted, with a webhook that nobody has taken yet.
func TestASnapshotKeepsTheWorkspace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	later := l.order(time.Hour)
	booked, here, deleted := l.create("k1", later), l.create("k2", l.order(0)), l.create("k3", l.order(2*time.Hour))
	if err := l.client().Remove(t.Context(), deleted); err != nil {
		t.Fatal(err)
	}
	l.pass(4 * time.Second) // the one without a time records
	l.down = true
	l.pass(4 * time.Second) // what it hears is not taken

	next := l.reborn()
	if diff := cmp.Diff(l.Bots(), next.Bots(), cmpopts.IgnoreUnexported(recalltest.Bot{})); diff != "" {
		t.Errorf("the bots differ (-before +after):\n%s", diff)
	}
	if again := next.create("k1", later); again != booked {
		t.Errorf("the order's key made %s, want %s again", again, booked)
	}
	if status, _ := next.call("GET", "/api/v1/bot/"+deleted+"/", ""); status != http.StatusNotFound {
		t.Errorf("the deleted bot = %d, want 404", status)
	}
	next.pass(20 * time.Second)
	if want := []string{"transcript.data", "bot.call_ended", "bot.done", "transcript.done"}; !cmp.Equal(next.heard, want) {
		t.Errorf("after the restart came %v, want %v", next.heard, want)
	}
	next.time = next.time.Add(time.Hour) // past the other one's time
	next.pass(10 * time.Second)
	for _, b := range next.Bots() {
		if want := map[string]string{booked: "in_call_recording", here: "done", deleted: "ready"}[b.ID]; b.Status != want && b.ID != booked || b.ID == booked && !slices.Contains(b.History, want) {
			t.Errorf("bot %s went through %v, want %s", b.ID, b.History, want)
		}
	}
}

// TestWebhooksFollowTheirReceiver restarts at another port: what was meant for
// the former address is sent to the new one, and nothing else is.
func TestWebhooksFollowTheirReceiver(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.SetStatusURL("https://here.example/live")
	elsewhere := l.order(0)
	elsewhere.Endpoint = "https://elsewhere.example/live"
	l.create("k1", l.order(0))
	l.create("k2", elsewhere)
	l.down = true
	l.pass(5 * time.Second)
	next := l.reborn()
	next.SetStatusURL("https://here.example:8443/live")
	next.pass(30 * time.Second)
	for _, d := range next.Deliveries() {
		moved, own := strings.HasPrefix(d.URL, "https://here.example:8443/live"), strings.HasPrefix(d.URL, "https://elsewhere.example/live?token=")
		if !moved && !own {
			t.Errorf("a webhook was sent to %s", d.URL)
		}
	}
	if n := len(slices.DeleteFunc(next.Deliveries(), func(d recalltest.Delivery) bool { return !strings.Contains(d.URL, "8443/live?token=") })); n != 1 {
		t.Errorf("%d utterances came to the new address, want 1", n)
	}
}

func TestSnapshotsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, doc := range []string{``, `[`, `{"bots":{}}`, `{"outbox":[{"bot":"nobody"}]}`} {
		l := newLab(t)
		id := l.create("k1", l.order(0))
		if err := l.Restore([]byte(doc)); err == nil {
			t.Errorf("%q was restored", doc)
		}
		if b := l.Bots(); len(b) != 1 || b[0].ID != id {
			t.Errorf("after %q the bots are %+v, want what was there", doc, b)
		}
	}
}
