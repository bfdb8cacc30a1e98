package notetaker_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
)

// trip is what one call to DynamoDB takes here. In a bubble's time nothing else
// takes any, so the time that passes is the number of calls that waited for each
// other.
const trip = time.Millisecond

// counter is a way to DynamoDB on which every call takes a trip and is counted.
type counter struct {
	http.Transport
	mu    sync.Mutex
	calls []string
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	c.mu.Lock()
	c.calls = append(c.calls, operation)
	c.mu.Unlock()
	t := time.NewTimer(trip)
	defer t.Stop()
	<-t.C
	return c.Transport.RoundTrip(r)
}

// counted does something in a bubble, and returns how many calls to DynamoDB had
// to wait for each other, and all of them.
func (w *world) counted(do func()) (serial int, calls []string) {
	w.t.Helper()
	synctest.Test(w.t, func(*testing.T) {
		c := &counter{Transport: http.Transport{DisableKeepAlives: true}}
		w.desk.DB = dynamodb.New(w.db.Options(), func(o *dynamodb.Options) { o.HTTPClient = &http.Client{Transport: c} })
		began := time.Now()
		do()
		serial, calls = int(time.Since(began)/trip), c.calls
	})
	w.desk.DB = w.db.Client
	return serial, calls
}

// TestRoundTripsOfAnOrder holds how long the chain is that a person waits for,
// and a calendar's look at a meeting that has its bot.
func TestRoundTripsOfAnOrder(t *testing.T) {
	w := newWorld(t, dynamotest.New(t))
	for _, sub := range []string{"u1", "u2"} {
		w.user(sub, "team")
	}
	ahead := w.now().Add(time.Hour)
	const meet = "https://meet.google.com/abc-defg-hij"
	join := func(sub, url string, at *time.Time) func() error {
		return func() error {
			_, err := w.desk.Join(t.Context(), sub, notetaker.Order{MeetingURL: url, JoinAt: at})
			return err
		}
	}
	tests := []struct {
		name string
		do   func() error
		want int
	}{
		{name: "a bot at once", do: join("u1", zoom, nil), want: 5},
		{name: "the same again", do: join("u1", zoom, nil), want: 4},
		{name: "somebody else's order for the room", do: join("u2", zoom, nil), want: 5},
		{name: "a bot at once beside others", do: join("u1", meet, nil), want: 6},
		{name: "a bot for later", do: join("u2", meet, &ahead), want: 6},
		{name: "a calendar's first look", do: func() error { _, err := w.desk.Want(t.Context(), w.wish("u1", zoom, ahead)); return err }, want: 7},
		{name: "a calendar's next look", do: func() error { _, err := w.desk.Want(t.Context(), w.wish("u1", zoom, ahead)); return err }, want: 2},
	}
	for _, tt := range tests {
		got, calls := w.counted(func() {
			if err := tt.do(); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		})
		t.Logf("%-36s %2d in a row, %2d in all: %s", tt.name, got, len(calls), strings.Join(calls, " "))
		if got > tt.want {
			t.Errorf("%s: %d calls wait for each other, want at most %d", tt.name, got, tt.want)
		}
	}
}
