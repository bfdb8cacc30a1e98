package llmtest

import (
	"encoding/json"
	"net/http"
	"strings"
)

type anthropicRequest struct {
	Model     string `json:"model"`
	MaxTokens int    `json:"max_tokens"`
	Stream    bool   `json:"stream"`
	System    []struct {
		Text string `json:"text"`
	} `json:"system"`
	Messages []struct {
		Role    string `json:"role"`
		Content []struct {
			Type  string          `json:"type"`
			Text  string          `json:"text"`
			Cache json.RawMessage `json:"cache_control"`
		} `json:"content"`
	} `json:"messages"`
}

func anthropicError(kind, message string) object {
	return object{"type": "error", "error": object{"type": kind, "message": message}, "request_id": "req_stand_in"}
}

// messages serves POST /v1/messages.
func (s *Server) messages(w http.ResponseWriter, r *http.Request, body []byte) {
	in, ok := readAnthropic(body)
	if key := s.Keys["anthropic"]; key != "" && r.Header.Get("X-Api-Key") != key {
		refuse(w, Unauthorized, anthropicError)
		return
	}
	if !ok || r.Header.Get("Anthropic-Version") == "" {
		refuse(w, BadRequest, anthropicError)
		return
	}
	in.Key = r.Header.Get("X-Api-Key")
	c := s.take(in)
	s.wait(c.First, r.Context().Done())
	if refuse(w, c.Fault, anthropicError) {
		return
	}
	s.speakAnthropic(newStream(w, r), c, in)
}

func readAnthropic(body []byte) (Request, bool) {
	var m anthropicRequest
	if json.Unmarshal(body, &m) != nil || !m.Stream || len(m.Messages) == 0 || m.MaxTokens < 1 || m.Model == "" {
		return Request{}, false
	}
	r := Request{Vendor: "anthropic", Model: m.Model, MaxTokens: m.MaxTokens}
	for _, b := range m.System {
		r.System += b.Text
	}
	for _, msg := range m.Messages {
		for _, b := range msg.Content {
			r.Texts = append(r.Texts, b.Text)
			r.Cached = append(r.Cached, len(b.Cache) > 0)
		}
	}
	return r, len(r.Texts) > 0
}

// speakAnthropic writes the vendor's events, with a ping and an unknown event
// among them, as the vendor warns there may be.
func (s *Server) speakAnthropic(out stream, c Script, in Request) {
	out.send("message_start", object{"type": "message_start", "message": object{
		"id": "msg_1", "type": "message", "role": "assistant", "model": in.Model, "content": []any{}, "stop_reason": nil, "stop_sequence": nil,
		"usage": s.inputUsage(c, in),
	}})
	out.send("content_block_start", object{"type": "content_block_start", "index": 0, "content_block": object{"type": "text", "text": ""}})
	out.send("ping", object{"type": "ping"})
	deltas := c.deltas(in)
	for _, d := range deltas {
		s.wait(c.Each, out.done)
		out.send("content_block_delta", object{"type": "content_block_delta", "index": 0, "delta": object{"type": "text_delta", "text": d}})
	}
	if c.Fault == MidError {
		out.send("error", anthropicError("overloaded_error", "Overloaded"))
		return
	}
	if breakOff(out, c.Fault) {
		return
	}
	out.send("content_block_stop", object{"type": "content_block_stop", "index": 0})
	out.send("message_delta", object{"type": "message_delta", "delta": object{"stop_reason": anthropicStop(c.Fault), "stop_sequence": nil},
		"usage": object{"output_tokens": outputTokens(c, deltas)}})
	out.send("a_later_event", object{"type": "a_later_event"})
	out.send("message_stop", object{"type": "message_stop"})
}

func anthropicStop(f Fault) string {
	switch f {
	case Refusal:
		return "refusal"
	case MaxTokens:
		return "max_tokens"
	}
	return "end_turn"
}

// inputUsage counts the prompt as the vendor does: a marked block is written to
// the cache the first time and read from it afterwards.
func (s *Server) inputUsage(c Script, in Request) object {
	var plain, written, read int
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, t := range in.Texts {
		n := len(strings.Fields(t))
		switch {
		case !in.Cached[i]:
			plain += n
		case s.cached[t]:
			read += n
		default:
			if s.cached == nil {
				s.cached = map[string]bool{}
			}
			s.cached[t] = true
			written += n
		}
	}
	if c.Input > 0 {
		plain, written, read = c.Input, 0, 0
	}
	return object{"input_tokens": plain, "cache_creation_input_tokens": written, "cache_read_input_tokens": read, "output_tokens": 1}
}

func outputTokens(c Script, deltas []string) int {
	if c.Output > 0 {
		return c.Output
	}
	return len(deltas)
}
