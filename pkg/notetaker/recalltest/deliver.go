package recalltest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Delivery is one webhook that was sent, and its answer.
type Delivery struct {
	ID, URL string
	Body    []byte
	Status  int // 0 when nobody answered
	At      time.Time
}

// message is a webhook on its way.
type message struct {
	id, url  string
	body     []byte
	realtime bool
	bot      *Bot
	tries    int
	next     time.Time
}

// attempts is how often a real-time event is tried, a second apart. Then the
// bot's endpoint has failed for good, and nothing more of the call is sent.
const attempts = 60

// svixPauses are the pauses between tries of a status webhook.
func svixPauses() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour}
}

// post puts a webhook into the outbox.
func (s *Server) post(b *Bot, url string, realtime bool, payload any) {
	body, _ := json.Marshal(payload)
	s.outbox = append(s.outbox, &message{id: "msg_" + strings.ReplaceAll(newID(), "-", ""), url: url, body: body, realtime: realtime, bot: b, next: s.cfg.Now()})
}

// Run lets time pass until ctx ends.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.Step(ctx)
		}
	}
}

// Step does everything that is due by the clock, and delivers what there is to
// deliver, one after the other.
func (s *Server) Step(ctx context.Context) {
	for _, m := range s.due() {
		status := s.send(ctx, m)
		s.settle(m, status)
	}
}

// due moves every bot on and takes what can be delivered now.
func (s *Server) due() []*message {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	for _, id := range s.order {
		b := s.bots[id]
		for len(b.plan) > 0 && !b.plan[0].at.After(now) {
			m := b.plan[0]
			b.plan = b.plan[1:]
			s.happen(b, m)
		}
	}
	var out []*message
	s.outbox = slices.DeleteFunc(s.outbox, func(m *message) bool {
		if !m.next.After(now) {
			out = append(out, m)
			return true
		}
		return false
	})
	return out
}

func (s *Server) send(ctx context.Context, m *message) int {
	if s.cfg.HTTP == nil {
		return 0
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(m.body))
	if err != nil {
		return 0
	}
	s.Sign(req.Header, m.id, m.body)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.cfg.HTTP.Do(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// Sign signs a webhook as this workspace does.
func (s *Server) Sign(h http.Header, id string, body []byte) {
	s.keys.Sign(h, id, s.cfg.Now(), body)
	if !s.cfg.Svix {
		return
	}
	for _, name := range []string{"Id", "Timestamp", "Signature"} {
		h.Set("Svix-"+name, h.Get("Webhook-"+name))
		h.Del("Webhook-" + name)
	}
}

// settle books a delivery, and plans the next try of one that failed.
func (s *Server) settle(m *message, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cfg.Now()
	s.sent = append(s.sent, Delivery{ID: m.id, URL: m.url, Body: m.body, Status: status, At: now})
	if status >= 200 && status < 300 {
		return
	}
	m.tries++
	if m.realtime {
		m.next = now.Add(time.Second)
		if m.tries >= attempts {
			m.bot.endpoint = ""
		}
		if m.bot.endpoint != "" {
			s.outbox = append(s.outbox, m)
		}
		return
	}
	if pauses := svixPauses(); m.tries <= len(pauses) {
		m.next = now.Add(pauses[m.tries-1])
		s.outbox = append(s.outbox, m)
	}
}

// Deliveries returns what was sent so far.
func (s *Server) Deliveries() []Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}
