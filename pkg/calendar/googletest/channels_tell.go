package googletest

import (
	"context"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// tries is how often a message is sent that is answered with 5xx, or not at all.
const tries = 5

// message is one that waits to be sent.
type message struct {
	address string
	header  http.Header
	tried   int
}

// posts are the messages that wait. They are of the run, and not kept.
type posts struct {
	mu   sync.Mutex
	all  []message
	more chan struct{}
}

// post puts a message of c's on its way, as often as times says.
func (s *Server) post(c *channel, state string, times int) {
	c.Told++
	h := http.Header{
		"X-Goog-Channel-Id": {c.ID}, "X-Goog-Channel-Token": {c.Token}, "X-Goog-Channel-Expiration": {c.Until.UTC().Format(http.TimeFormat)},
		"X-Goog-Resource-Id": {c.Resource}, "X-Goog-Resource-State": {state}, "X-Goog-Message-Number": {strconv.Itoa(c.Told)},
		"X-Goog-Resource-Uri": {"https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json"},
	}
	s.posts.mu.Lock()
	defer s.posts.mu.Unlock()
	for range times {
		s.posts.all = append(s.posts.all, message{address: c.Address, header: h})
	}
	select {
	case s.posts.more <- struct{}{}:
	default:
	}
}

// tell puts a message on its way to all that watch a calendar the meeting is in.
// Every other one is sent twice.
func (s *Server) tell(m Meeting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.st.Channels {
		if m.In(c.Email) && s.cfg.Now().Before(c.Until) {
			s.post(c, "exists", 1+c.Told%2)
		}
	}
}

// Deliver sends the messages that wait, the last first, and returns how they were
// answered; 0 is not at all. What has to be tried again waits once more.
func (s *Server) Deliver(ctx context.Context) (answers []int) {
	s.posts.mu.Lock()
	all := s.posts.all
	s.posts.all = nil
	s.posts.mu.Unlock()
	for i := range all {
		m := all[len(all)-1-i]
		status := s.send(ctx, m)
		answers = append(answers, status)
		if m.tried++; (status == 0 || status >= http.StatusInternalServerError) && m.tried < tries {
			s.posts.mu.Lock()
			s.posts.all = append(s.posts.all, m)
			s.posts.mu.Unlock()
		}
	}
	return answers
}

// send sends one message. It has headers alone, and no body.
func (s *Server) send(ctx context.Context, m message) int {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.address, nil)
	if err != nil {
		return 0
	}
	req.Header = m.header.Clone()
	req.Header.Set("User-Agent", "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)")
	resp, err := s.cfg.HTTP.Do(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// Run delivers messages until ctx ends. Those that have to be tried again wait for
// the next change, or for ten seconds.
func (s *Server) Run(ctx context.Context) {
	again := time.NewTicker(10 * time.Second)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case <-s.posts.more:
		}
		s.Deliver(ctx)
	}
}
