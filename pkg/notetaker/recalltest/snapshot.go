package recalltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// saved is a workspace on disk. What goes wrong on purpose and what was called
// and sent so far are of the run, and not kept.
type saved struct {
	StatusURL string                 `json:"status_url"`
	Bots      []savedBot             `json:"bots"`
	Stored    map[string]savedAnswer `json:"stored"`
	Outbox    []savedMessage         `json:"outbox"`
	Creates   []time.Time            `json:"creates"`
}

type savedBot struct {
	Bot
	Endpoint   string        `json:"endpoint"`
	Events     []string      `json:"events"`
	Longest    time.Duration `json:"longest"`
	Transcript string        `json:"transcript"`
	Plan       []savedMoment `json:"plan"`
	Heard      []Line        `json:"heard"`
	Began      time.Time     `json:"began"`
}

type savedMoment struct {
	At   time.Time `json:"at"`
	Code string    `json:"code,omitempty"`
	Sub  string    `json:"sub,omitempty"`
	Line *Line     `json:"line,omitempty"`
}

type savedAnswer struct {
	At     time.Time `json:"at"`
	Hash   [32]byte  `json:"hash"`
	Status int       `json:"status"`
	Body   []byte    `json:"body"`
}

type savedMessage struct {
	ID       string    `json:"id"`
	URL      string    `json:"url"`
	Body     []byte    `json:"body"`
	Realtime bool      `json:"realtime"`
	Bot      string    `json:"bot"`
	Tries    int       `json:"tries"`
	Next     time.Time `json:"next"`
}

// Snapshot returns the workspace as JSON: its bots and what each will still do,
// the answers under idempotency keys, and the webhooks on their way.
func (s *Server) Snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := saved{StatusURL: s.cfg.StatusURL, Stored: map[string]savedAnswer{}, Creates: s.creates}
	for _, id := range s.order {
		out.Bots = append(out.Bots, s.bots[id].saved())
	}
	for key, a := range s.stored {
		out.Stored[key] = savedAnswer{a.at, a.hash, a.status, a.body}
	}
	for _, m := range s.outbox {
		out.Outbox = append(out.Outbox, savedMessage{m.id, m.url, m.body, m.realtime, m.bot.ID, m.tries, m.next})
	}
	doc, err := json.Marshal(out)
	if err != nil {
		return nil, fmt.Errorf("recalltest: snapshot: %w", err)
	}
	return doc, nil
}

func (b *Bot) saved() savedBot {
	out := savedBot{Bot: *b, Endpoint: b.endpoint, Events: b.events, Longest: b.longest, Transcript: b.transcript, Heard: b.heard, Began: b.began}
	for _, m := range b.plan {
		out.Plan = append(out.Plan, savedMoment{m.at, m.code, m.sub, m.line})
	}
	return out
}

// errSnapshot reports a snapshot that does not fit together.
var errSnapshot = errors.New("a webhook of a bot that is not in it")

// Restore replaces the workspace by a snapshot. Time has passed since: what a bot
// would have done and heard meanwhile happens with the next Step.
func (s *Server) Restore(snapshot []byte) error {
	var in saved
	if err := json.Unmarshal(snapshot, &in); err != nil {
		return fmt.Errorf("recalltest: restore: %w", err)
	}
	bots, order := map[string]*Bot{}, []string{}
	for _, b := range in.Bots {
		bots[b.ID] = b.bot()
		order = append(order, b.ID)
	}
	answers := map[string]stored{}
	for key, a := range in.Stored {
		answers[key] = stored{a.At, a.Hash, a.Status, a.Body}
	}
	var outbox []*message
	for _, m := range in.Outbox {
		if bots[m.Bot] == nil {
			return fmt.Errorf("recalltest: restore: %w", errSnapshot)
		}
		outbox = append(outbox, &message{m.ID, m.URL, m.Body, m.Realtime, bots[m.Bot], m.Tries, m.Next})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bots, s.order, s.stored, s.outbox, s.creates, s.cfg.StatusURL = bots, order, answers, outbox, in.Creates, in.StatusURL
	return nil
}

func (b savedBot) bot() *Bot {
	out := b.Bot
	out.endpoint, out.events, out.longest, out.transcript, out.heard, out.began = b.Endpoint, b.Events, b.Longest, b.Transcript, b.Heard, b.Began
	for _, m := range b.Plan {
		out.plan = append(out.plan, moment{m.At, m.Code, m.Line, m.Sub})
	}
	return &out
}

// SetStatusURL says where status webhooks go from now on. Whatever was meant for
// the former address, from before the receiver moved, goes to the new one too.
func (s *Server) SetStatusURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	former := s.cfg.StatusURL
	s.cfg.StatusURL = url
	if former == "" || former == url {
		return
	}
	moved := func(old string) string {
		if rest, ok := strings.CutPrefix(old, former); ok {
			return url + rest
		}
		return old
	}
	for _, b := range s.bots {
		b.endpoint = moved(b.endpoint)
	}
	for _, m := range s.outbox {
		m.url = moved(m.url)
	}
}
