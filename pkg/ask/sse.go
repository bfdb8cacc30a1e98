package ask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"sync"
)

// The bodies of the events that /api/ask sends.
type (
	// Meta is the first event: who answers.
	Meta struct {
		RequestID string `json:"request_id"`
		Provider  string `json:"provider"`
		Model     string `json:"model"`
	}
	// Delta is the next piece of text.
	Delta struct {
		Text string `json:"text"`
	}
	// Used tells, before the end, what the answer took.
	Used struct {
		Input     int `json:"input_tokens"`
		Output    int `json:"output_tokens"`
		Remaining int `json:"remaining"`
	}
	// Done is the last event of a whole answer.
	Done struct {
		StopReason Stop `json:"stop_reason"`
	}
	// Failure is the last event of an answer that broke off.
	Failure struct {
		Code      string `json:"code"`
		Retryable bool   `json:"retryable"`
	}
)

// events writes server-sent events. Writers may be concurrent: the heartbeat
// runs beside the answer. Each event is one Write, so that it leaves as one.
type events struct {
	mu  sync.Mutex
	w   io.Writer
	buf bytes.Buffer
}

// send writes one event. JSON keeps line breaks out of the data line.
func (e *events) send(name string, body any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buf.Reset()
	e.buf.WriteString("event: " + name + "\ndata: ")
	enc := json.NewEncoder(&e.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return fmt.Errorf("ask: encode event %s: %w", name, err)
	}
	e.buf.WriteByte('\n') // Encode has ended the data line
	return e.flush()
}

// beat keeps the line open while the model thinks.
func (e *events) beat() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.buf.Reset()
	e.buf.WriteString(": still here\n\n")
	return e.flush()
}

func (e *events) flush() error {
	_, err := e.w.Write(e.buf.Bytes())
	return err
}
