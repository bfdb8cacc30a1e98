package journey_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// The users of these journeys.
const (
	scribbler = "0a5c0000-0000-4000-8000-000000000041"
	early     = "0a5c0000-0000-4000-8000-000000000042"
)

// transcript polls a call as a client does, from behind since, until enough was
// said or nothing more will come.
func (l *local) transcript(token, bot string, since int64, enough int) (said []notetaker.Utterance, last notetaker.Page) {
	l.t.Helper()
	l.wait("the transcript", func() bool {
		a := l.call(http.MethodGet, fmt.Sprintf("/api/recall/chunks?bot_id=%s&since=%d", bot, since), token, nil)
		last = notetaker.Page{}
		if err := json.Unmarshal([]byte(a.Body), &last); err != nil || a.Status != http.StatusOK {
			l.t.Fatalf("chunks answered %d %s", a.Status, a.Body)
		}
		said, since = append(said, last.Chunks...), last.Next
		return len(said) >= enough || last.PollAfterMS == 0 && !last.More
	})
	return said, last
}

// TestANotetakerByHand sends a bot into a pretend meeting, reads along while
// people talk, and takes it out.
func TestANotetakerByHand(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	l.register(s, b, "nora@example.com")
	var in tokens
	s.must("sign in", b, "signIn", ask{"who": "nora@example.com", "password": password}, &in)
	const order = `{"meeting_url":"https://zoom.us/j/84335626851?pwd=a1B2","title":"Standup"}`
	var bot string
	for _, what := range []string{"send the notetaker", "send it again: it is the same one"} {
		s.check(what, func() error {
			a := l.call(http.MethodPost, "/api/recall/bot", in.Access, strings.NewReader(order))
			if id := a.field("bot_id"); bot == "" || id == bot {
				bot = id
				return statusOf(a, http.StatusCreated)
			}
			return fmt.Errorf("another bot: %s", a.Body)
		})
	}
	script := recalltest.Standup()
	var said []notetaker.Utterance
	s.check("read along while people talk", func() error {
		var page notetaker.Page
		said, page = l.transcript(in.Access, bot, 0, 3)
		if page.Status != "in_call_recording" {
			return fmt.Errorf("the status is %q", page.Status)
		}
		return nil
	})
	s.check("somebody else sees nothing", func() error {
		return statusOf(l.call(http.MethodGet, "/api/recall/chunks?bot_id=bot_0", in.Access, nil), http.StatusNotFound)
	})
	s.check("take it out", func() error {
		return statusOf(l.call(http.MethodDelete, "/api/recall/bot/"+bot, in.Access, nil), http.StatusNoContent)
	})
	s.check("the rest is there, once each", func() error {
		rest, _ := l.transcript(in.Access, bot, said[len(said)-1].Seq, len(script))
		for i, u := range append(said, rest...) {
			if u.Seq != int64(i)+1 || u.Text != script[i].Text || u.Speaker != script[i].Speaker {
				return fmt.Errorf("utterance %d is %+v, want %q", i+1, u, script[i].Text)
			}
		}
		return nil
	})
	s.check("there was one bot, and it has left", func() error {
		bots := l.Recall.Bots()
		if len(bots) != 1 || bots[0].Live() {
			return fmt.Errorf("bots: %+v", bots)
		}
		return nil
	})
	s.check("the list says why", func() error {
		var list struct{ Bots []notetaker.View }
		a := l.call(http.MethodGet, "/api/recall/bots", in.Access, nil)
		if err := json.Unmarshal([]byte(a.Body), &list); err != nil || len(list.Bots) != 1 || list.Bots[0].StatusText != "You called the notetaker off." {
			return fmt.Errorf("answered %s, %w", a.Body, err)
		}
		return nil
	})
}
