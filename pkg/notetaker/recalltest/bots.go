package recalltest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Bot is one bot, as Recall knows it.
type Bot struct {
	ID         string
	MeetingURL string
	Name       string
	Metadata   map[string]string
	JoinAt     time.Time // zero for one that joins at once
	Created    time.Time
	Status     string   // the newest code; "ready" before it is on its way
	History    []string // every code so far
	Deleted    bool

	endpoint   string // of real-time events; "" when it has failed
	events     []string
	longest    time.Duration
	transcript string
	plan       []moment
	heard      []Line
	began      time.Time
}

// Live reports whether the bot is in a meeting or will be.
func (b *Bot) Live() bool { return !b.Deleted && !b.over() }

func (b *Bot) over() bool {
	return slices.Contains([]string{"call_ended", "done", "fatal"}, b.Status)
}

const (
	// ahead is how long before its time a scheduled bot must be ordered, and how
	// long before it nothing can be changed any more.
	ahead     = 10 * time.Minute
	window    = time.Hour // of idempotency keys
	perMinute = 120       // orders
	maxBody   = 4 << 20
)

// Bots returns copies of all bots, in the order they were made.
func (s *Server) Bots() []Bot {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Bot
	for _, id := range s.order {
		out = append(out, *s.bots[id])
	}
	return out
}

// stored is an answer that its idempotency key repeats.
type stored struct {
	at     time.Time
	hash   [32]byte
	status int
	body   []byte
}

type createBody struct {
	MeetingURL string            `json:"meeting_url"`
	BotName    string            `json:"bot_name"`
	JoinAt     *time.Time        `json:"join_at"`
	Metadata   map[string]string `json:"metadata"`
	Recording  struct {
		Endpoints []struct {
			Type, URL string
			Events    []string
		} `json:"realtime_endpoints"`
		Transcript struct {
			Provider map[string]struct{ Mode string }
		}
	} `json:"recording_config"`
	Leave struct {
		Recording int `json:"in_call_recording_timeout"`
	} `json:"automatic_leave"`
}

func (s *Server) create(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the caller hung up
	}
	if bytes.Contains(text, []byte("localhost")) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<html><body><h1>403 Forbidden</h1></body></html>")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key, now := r.Header.Get("Idempotency-Key"), s.cfg.Now()
	if old, ok := s.stored[key]; ok && key != "" && now.Sub(old.at) < window {
		repeat(w, old, sha256.Sum256(text))
		return
	}
	if s.busy(now) {
		refuse(w, http.StatusTooManyRequests, "throttled", time.Minute)
		return
	}
	status, out := s.make(text, now)
	body, _ := json.Marshal(out)
	if status != http.StatusBadRequest {
		s.stored[key] = stored{at: now, hash: sha256.Sum256(text), status: status, body: body}
	}
	if status == http.StatusInsufficientStorage {
		w.Header().Set("Retry-After", "30")
	}
	answer(w, status, out)
}

// repeat gives the stored answer again, unless the request is another one.
func repeat(w http.ResponseWriter, old stored, hash [32]byte) {
	if old.hash != hash {
		refuse(w, http.StatusConflict, "idempotency_key_reused", 0)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(old.status)
	_, _ = w.Write(old.body)
}

func (s *Server) busy(now time.Time) bool {
	s.creates = slices.DeleteFunc(s.creates, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	s.creates = append(s.creates, now)
	return len(s.creates) > perMinute
}

// make makes a bot of a request's body and returns the answer.
func (s *Server) make(text []byte, now time.Time) (int, any) {
	var in createBody
	if err := json.Unmarshal(text, &in); err != nil || !strings.HasPrefix(in.MeetingURL, "https://") || len(in.BotName) > 100 {
		return http.StatusBadRequest, map[string]any{"code": "invalid", "meeting_url": []string{"Enter a valid meeting URL."}}
	}
	b := &Bot{ID: newID(), MeetingURL: in.MeetingURL, Name: in.BotName, Metadata: in.Metadata, Created: now, Status: "ready", longest: time.Duration(in.Leave.Recording) * time.Second}
	if in.JoinAt != nil && in.JoinAt.Sub(now) > ahead {
		b.JoinAt = *in.JoinAt
	} else if s.empty() {
		return http.StatusInsufficientStorage, map[string]string{"code": "adhoc_pool_depleted"}
	} else if in.JoinAt != nil {
		b.JoinAt = *in.JoinAt
	}
	for _, e := range in.Recording.Endpoints {
		b.endpoint, b.events = e.URL, e.Events
	}
	s.bots[b.ID] = b
	s.order = append(s.order, b.ID)
	s.rehearse(b, in.Recording.Transcript.Provider["recallai_streaming"].Mode)
	return http.StatusCreated, b.view()
}

// view is a bot as answers show it: the link is an object there.
func (b *Bot) view() map[string]any {
	platform := "zoom"
	switch {
	case strings.Contains(b.MeetingURL, "meet.google.com"):
		platform = "google_meet"
	case strings.Contains(b.MeetingURL, "teams."):
		platform = "microsoft_teams"
	case strings.Contains(b.MeetingURL, "webex.com"):
		platform = "webex"
	}
	v := map[string]any{"id": b.ID, "bot_name": b.Name, "metadata": b.Metadata, "meeting_url": map[string]string{"platform": platform}, "join_at": nil}
	if !b.JoinAt.IsZero() && b.Status == "ready" {
		v["join_at"] = b.JoinAt.UTC().Format(time.RFC3339)
	}
	return v
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []any{}
	for _, id := range s.order {
		if b := s.bots[id]; !b.Deleted && matches(b, r) && s.cfg.Now().Sub(b.Created) >= s.cfg.ListLag {
			found = append(found, b.view())
		}
	}
	answer(w, http.StatusOK, map[string]any{"next": nil, "previous": nil, "results": found})
}

func matches(b *Bot, r *http.Request) bool {
	for name, values := range r.URL.Query() {
		if field, ok := strings.CutPrefix(name, "metadata__"); ok && !slices.Contains(values, b.Metadata[field]) {
			return false
		}
	}
	return true
}

// one finds the bot of the path, under the lock.
func (s *Server) one(next func(*Server, http.ResponseWriter, *http.Request, *Bot)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		b, ok := s.bots[r.PathValue("id")]
		if !ok || b.Deleted {
			refuse(w, http.StatusNotFound, "not_found", 0)
			return
		}
		next(s, w, r, b)
	}
}

func (s *Server) retrieve(w http.ResponseWriter, _ *http.Request, b *Bot) {
	answer(w, http.StatusOK, b.view())
}

func (s *Server) update(w http.ResponseWriter, r *http.Request, b *Bot) {
	var in struct {
		JoinAt *time.Time `json:"join_at"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || b.Status != "ready" ||
		(in.JoinAt != nil && in.JoinAt.Sub(s.cfg.Now()) <= ahead) {
		refuse(w, http.StatusBadRequest, "update_bot_failed", 0)
		return
	}
	if in.JoinAt != nil {
		b.JoinAt = *in.JoinAt
		s.rehearse(b, "prioritize_low_latency")
	}
	answer(w, http.StatusOK, b.view())
}

// remove deletes a bot whose time is more than ten minutes off.
func (s *Server) remove(w http.ResponseWriter, _ *http.Request, b *Bot) {
	if b.Status != "ready" || b.JoinAt.Sub(s.cfg.Now()) <= ahead {
		refuse(w, http.StatusMethodNotAllowed, "delete_bot_failed", 0)
		return
	}
	b.Deleted, b.plan = true, nil
	w.WriteHeader(http.StatusNoContent)
}

// leave ends a bot that is on its way. One that is not yet cannot be told
// anything, and one that has left neither.
func (s *Server) leave(w http.ResponseWriter, _ *http.Request, b *Bot) {
	switch {
	case b.over():
		refuse(w, http.StatusBadRequest, "cannot_command_completed_bot", 0)
	case b.Status == "ready":
		refuse(w, http.StatusBadRequest, "cannot_command_unstarted_bot", 0)
	default:
		s.end(b, "bot_received_leave_call")
		w.WriteHeader(http.StatusOK)
	}
}
