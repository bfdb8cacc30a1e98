// Package llmtest stands in for the model vendors: one http.Handler that speaks
// both Anthropic's and OpenAI's streaming formats, by a script. It fails the ways
// the vendors fail: slowly, in the middle, by a clean end that is none, by a
// reset, by 429 with Retry-After, by 529 and by refusal.
package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Fault is how an answer goes wrong.
type Fault string

// The faults. Those in the middle happen after the script's Deltas.
const (
	None         Fault = ""
	Error500     Fault = "500"
	Limited      Fault = "429" // with Retry-After: 3
	Overloaded   Fault = "529"
	BadRequest   Fault = "400"
	Unauthorized Fault = "401"
	MidError     Fault = "mid-error" // an error event under status 200
	EarlyEnd     Fault = "early-end" // a clean end without the last events
	Reset        Fault = "reset"     // the connection breaks
	Hang         Fault = "hang"      // nothing more comes until the client leaves
	Refusal      Fault = "refusal"
	MaxTokens    Fault = "max-tokens"
)

// Script is what one request gets.
type Script struct {
	Fault  Fault         `json:"fault"`
	First  time.Duration `json:"first"`  // before the first event
	Each   time.Duration `json:"each"`   // before each delta
	Deltas []string      `json:"deltas"` // nil: words about what was asked
	Input  int           `json:"input"`  // reported tokens; 0: counted from the prompt
	Output int           `json:"output"` // reported tokens; 0: one a delta
}

// Request is what a vendor was asked.
type Request struct {
	Vendor    string // anthropic or openai
	Model     string
	MaxTokens int
	System    string
	Texts     []string // the user's blocks, in order
	Cached    []bool   // which of them carry a cache mark
	Key       string   // the API key that came
}

// Server is both vendors. Its zero value accepts every key and answers with
// words about the question.
type Server struct {
	// Keys are the accepted keys by vendor; a vendor without one accepts any.
	Keys map[string]string
	// Sleep waits; nil waits really. It returns early when done closes.
	Sleep func(d time.Duration, done <-chan struct{})

	mu       sync.Mutex
	next     map[string][]Script
	always   map[string]Script
	requests []Request
	cached   map[string]bool // prompt prefixes that were written to the cache
}

// Next queues scripts for a vendor's next requests, one each.
func (s *Server) Next(vendor string, scripts ...Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next == nil {
		s.next = map[string][]Script{}
	}
	s.next[vendor] = append(s.next[vendor], scripts...)
}

// Always sets what a vendor does when nothing is queued.
func (s *Server) Always(vendor string, script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.always == nil {
		s.always = map[string]Script{}
	}
	s.always[vendor] = script
}

// Requests returns what was asked so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) take(r Request) Script {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	if q := s.next[r.Vendor]; len(q) > 0 {
		s.next[r.Vendor] = q[1:]
		return q[0]
	}
	return s.always[r.Vendor]
}

// ServeHTTP serves POST /v1/messages, POST /v1/chat/completions and, for people
// and tests, POST /_script {"vendor","scripts":[…]} and GET /_requests.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil {
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/messages":
		s.messages(w, r, body)
	case "POST /v1/chat/completions":
		s.completions(w, r, body)
	case "POST /_script":
		s.script(w, body)
	case "GET /_requests":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Requests())
	default:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(w, "This is the stand-in for the language models: POST /v1/messages, POST /v1/chat/completions, POST /_script, GET /_requests.")
	}
}

func (s *Server) script(w http.ResponseWriter, body []byte) {
	var in struct {
		Vendor  string   `json:"vendor"`
		Scripts []Script `json:"scripts"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Vendor == "" {
		http.Error(w, `send {"vendor":"anthropic","scripts":[{"fault":"529"}]}`, http.StatusBadRequest)
		return
	}
	s.Next(in.Vendor, in.Scripts...)
	w.WriteHeader(http.StatusNoContent)
}

// deltas returns the script's words, or an answer that shows what was asked: the
// question's own words and, when there is a transcript, its last utterance.
func (c Script) deltas(r Request) []string {
	if c.Deltas != nil {
		return c.Deltas
	}
	if len(r.Texts) == 0 {
		return []string{"You asked nothing."}
	}
	text := "You asked: " + r.Texts[len(r.Texts)-1]
	if len(r.Texts) > 1 {
		text = "In this call, " + lastUtterance(r.Texts[0]) + " — " + text
	}
	return strings.SplitAfter(text, " ")
}

func lastUtterance(transcript string) string {
	lines := strings.Split(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(transcript), "</transcript>")), "\n")
	_, said, _ := strings.Cut(lines[len(lines)-1], "] ")
	return said
}

// wait sleeps unless the client has left.
func (s *Server) wait(d time.Duration, done <-chan struct{}) {
	if d <= 0 {
		return
	}
	if s.Sleep != nil {
		s.Sleep(d, done)
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
}
