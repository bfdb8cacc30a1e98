package main

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"callanalyst/stacks/local/runtimeapi"
)

// answerOf shapes what the function answered for a person and for the golden
// file: decoded, and masked.
func answerOf(event []byte, res runtimeapi.Result, sink *streamed, m *masks) any {
	switch {
	case res.FunctionError != "":
		answer := map[string]any{"error": map[string]any{"type": res.ErrorType, "message": res.ErrorMessage}}
		if sink != nil && sink.body.Len() > 0 {
			answer["before"] = sink.answer()
		}
		return m.value(answer)
	case sink != nil:
		return m.value(sink.answer())
	}
	return m.value(plainAnswer(event, decoded(res.Payload)))
}

// plainAnswer opens what is JSON inside JSON, and says of an event that came
// back unchanged only what was added.
func plainAnswer(event []byte, answer any) any {
	fields, ok := answer.(map[string]any)
	if !ok {
		return answer
	}
	if body, ok := fields["body"].(string); ok && fields["statusCode"] != nil {
		if inner := decoded([]byte(body)); inner != nil {
			fields["body"] = inner
		}
		return fields
	}
	sent, ok := decoded(event).(map[string]any)
	if !ok || sent["triggerSource"] == nil {
		return answer
	}
	response := fields["response"]
	delete(fields, "response")
	delete(sent, "response")
	if reflect.DeepEqual(fields, sent) {
		return map[string]any{"event": "as it came", "response": response}
	}
	fields["response"] = response
	return fields
}

// streamed collects a streamed answer and tells of each piece as it comes.
type streamed struct {
	tell    func(piece string, after time.Duration) // may be nil
	began   time.Time
	prelude []byte
	body    bytes.Buffer
	kind    string
	pieces  int
}

// Head implements runtimeapi.Sink.
func (s *streamed) Head(contentType string, prelude []byte) error {
	s.kind, s.prelude = contentType, bytes.Clone(prelude)
	return nil
}

// Write implements runtimeapi.Sink.
func (s *streamed) Write(p []byte) (int, error) {
	s.pieces++
	if s.tell != nil {
		s.tell(string(p), time.Since(s.began))
	}
	return s.body.Write(p)
}

// answer is the whole stream, line by line.
func (s *streamed) answer() map[string]any {
	out := map[string]any{"body": anyList(strings.Split(strings.TrimSuffix(s.body.String(), "\n"), "\n"))}
	if prelude := decoded(s.prelude); prelude != nil {
		out["prelude"] = prelude
	} else {
		out["content_type"] = s.kind
	}
	return out
}

func anyList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// decoded returns a JSON text's value with its numbers as written, or nil.
func decoded(text []byte) any {
	var v any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return nil
	}
	return v
}
