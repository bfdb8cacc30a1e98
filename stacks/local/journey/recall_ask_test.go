package journey_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recalltest"
)

// The two users who share a call.
const (
	leaver = "0a5c0000-0000-4000-8000-000000000043"
	stayer = "0a5c0000-0000-4000-8000-000000000044"
)

// about asks a question about a call.
func (l *local) about(token, bot string) answer {
	return l.call(http.MethodPost, "/api/ask", token, strings.NewReader(`{"question":"Who said what?","context":{"bot_id":"`+bot+`"}}`))
}

// askedWith returns what the model was last given to read, of n questions in all.
func (l *local) askedWith(n int) (string, error) {
	all := l.Models.Requests()
	if len(all) != n {
		return "", fmt.Errorf("the model was asked %d times, want %d", len(all), n)
	}
	return strings.Join(all[n-1].Texts, "\n"), nil
}

// spoken compares what the model was given with the script up to a line: these
// words are in it, and none behind them.
func spoken(given string, lines int) error {
	for i, line := range recalltest.Standup() {
		if got := strings.Contains(given, line.Speaker+": "+line.Text); got != (i < lines) {
			return fmt.Errorf("line %d, %q, given to the model: %t, want %t", i+1, line.Text, got, i < lines)
		}
	}
	return nil
}

// TestAskAboutACall lets two people share a notetaker. One takes it out and asks:
// the model is given what that person may read, and not a word more.
func TestAskAboutACall(t *testing.T) {
	t.Parallel()
	l, s := startFleet(t, nil), newSteps(t)
	goes, stays := l.subscriber(leaver, 0), l.subscriber(stayer, 0)
	const order = `{"meeting_url":"https://zoom.us/j/84335626851?pwd=a1B2","title":"Standup"}`
	var bot string
	s.check("both send the notetaker, and get the same one", func() (err error) {
		if bot, err = l.sendBot(goes, order); err != nil {
			return err
		}
		if other, err := l.sendBot(stays, order); err != nil || other != bot {
			return fmt.Errorf("the other one got %s, want %s: %w", other, bot, err)
		}
		return nil
	})
	var heard []notetaker.Utterance
	s.do("listen to the first words", func() { heard, _ = l.transcript(goes, bot, 0, 2) })
	s.check("one takes it out; it stays for the other", func() error {
		return statusOf(l.call(http.MethodDelete, "/api/recall/bot/"+bot, goes, nil), http.StatusNoContent)
	})
	s.do("the other listens to the end", func() { l.transcript(stays, bot, 0, len(recalltest.Standup())) })
	s.do("what may be read ends where it was taken out", func() { heard, _ = l.transcript(goes, bot, 0, len(recalltest.Standup())) })
	s.check("ask: the model is given the whole call", func() error {
		if err := statusOf(l.about(stays, bot), http.StatusOK); err != nil {
			return err
		}
		given, err := l.askedWith(1)
		if err != nil {
			return err
		}
		return spoken(given, len(recalltest.Standup()))
	})
	s.check("ask as who left: the model is given what was heard until then", func() error {
		if err := statusOf(l.about(goes, bot), http.StatusOK); err != nil {
			return err
		}
		given, err := l.askedWith(2)
		if err != nil {
			return err
		}
		if len(heard) == 0 || len(heard) == len(recalltest.Standup()) {
			return fmt.Errorf("who left may read %d utterances, want some and not all", len(heard))
		}
		return spoken(given, len(heard))
	})
	s.check("ask about somebody else's call: there is none, and nothing is counted", func() error {
		a := l.about(l.subscriber(reader, 0), bot)
		if a.Status != http.StatusNotFound || a.field("code") != "NOT_FOUND" || l.counter(reader, "ask_used") != "0" {
			return fmt.Errorf("answered %d %s, counted %s", a.Status, a.Body, l.counter(reader, "ask_used"))
		}
		_, err := l.askedWith(2)
		return err
	})
}
