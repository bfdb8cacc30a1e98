package llmtest

import (
	"encoding/json"
	"net/http"
	"strings"
)

type openaiRequest struct {
	Model     string `json:"model"`
	MaxTokens int    `json:"max_completion_tokens"`
	Stream    bool   `json:"stream"`
	Options   struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
}

func openaiError(kind, message string) object {
	return object{"error": object{"message": message, "type": kind, "param": nil, "code": nil}}
}

// completions serves POST /v1/chat/completions.
func (s *Server) completions(w http.ResponseWriter, r *http.Request, body []byte) {
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if want := s.Keys["openai"]; want != "" && key != want {
		refuse(w, Unauthorized, openaiError)
		return
	}
	var m openaiRequest
	if json.Unmarshal(body, &m) != nil || !m.Stream || len(m.Messages) == 0 || m.Model == "" {
		refuse(w, BadRequest, openaiError)
		return
	}
	in := Request{Vendor: "openai", Model: m.Model, MaxTokens: m.MaxTokens, Key: key}
	for _, msg := range m.Messages {
		if msg.Role == "system" {
			in.System += msg.Content
			continue
		}
		in.Texts, in.Cached = append(in.Texts, msg.Content), append(in.Cached, false)
	}
	c := s.take(in)
	s.wait(c.First, r.Context().Done())
	if refuse(w, c.Fault, openaiError) {
		return
	}
	s.speakOpenAI(newStream(w, r), c, in, m.Options.IncludeUsage)
}

// speakOpenAI writes the vendor's chunks. The usage comes last, in a chunk whose
// choices are empty.
func (s *Server) speakOpenAI(out stream, c Script, in Request, usage bool) {
	chunk := func(choices []any, used any) {
		out.send("", object{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": in.Model, "choices": choices, "usage": used})
	}
	delta := func(d object, finish any) { chunk([]any{object{"index": 0, "delta": d, "finish_reason": finish}}, nil) }
	delta(object{"role": "assistant", "content": ""}, nil)
	deltas := c.deltas(in)
	for _, d := range deltas {
		s.wait(c.Each, out.done)
		delta(object{"content": d}, nil)
	}
	if c.Fault == MidError {
		out.send("", openaiError("server_error", "The server had an error while processing your request"))
		return
	}
	if breakOff(out, c.Fault) {
		return
	}
	delta(object{}, openaiStop(c.Fault))
	if usage {
		input := c.Input
		if input == 0 {
			input = len(strings.Fields(strings.Join(in.Texts, " ")))
		}
		n := outputTokens(c, deltas)
		chunk([]any{}, object{"prompt_tokens": input, "completion_tokens": n, "total_tokens": input + n})
	}
	out.raw("", "[DONE]")
}

func openaiStop(f Fault) string {
	switch f {
	case Refusal:
		return "content_filter"
	case MaxTokens:
		return "length"
	}
	return "stop"
}
