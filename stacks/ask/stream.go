package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// errCut reports a stream without its last event.
var errCut = errors.New("the answer was cut off; it is not whole")

// ask sends the question, writes the answer to out as it comes, and how it went
// to notes.
func ask(ctx context.Context, out, notes io.Writer, api, token, bot, question string) error {
	body := map[string]any{"question": question}
	if bot != "" {
		body["context"] = map[string]string{"bot_id": bot}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(api, "/")+"/api/ask", strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	began := time.Now()
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return fmt.Errorf("the fleet does not answer; is `go tool task dev` running? %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return refused(resp)
	}
	return show(resp.Body, out, notes, began, time.Now)
}

// refused turns a problem into words, with its code and request id.
func refused(resp *http.Response) error {
	var p struct {
		Code, Detail string
		RequestID    string `json:"request_id"`
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err := json.Unmarshal(text, &p); err != nil || p.Code == "" {
		return fmt.Errorf("refused with %s: %s", resp.Status, text)
	}
	return fmt.Errorf("%s (%s, request %s)", p.Detail, p.Code, p.RequestID)
}

// show reads the events of an answer.
func show(body io.Reader, out, notes io.Writer, began time.Time, now func() time.Time) error {
	a := answer{out: out, notes: notes, began: began, now: now}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	event := ""
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
			event = name
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		if done, err := a.take(event, []byte(data)); done || err != nil {
			return err
		}
	}
	return errors.Join(errCut, lines.Err())
}

// answer is an answer that is being read.
type answer struct {
	out, notes   io.Writer
	began, first time.Time
	now          func() time.Time
	by           string
	tokens, left int
}

// take handles one event, and reports whether it was the last.
func (a *answer) take(event string, data []byte) (done bool, err error) {
	var e struct {
		Provider, Model, Text, Code string
		Stop                        string `json:"stop_reason"`
		Output                      int    `json:"output_tokens"`
		Remaining                   int
		Retryable                   bool
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return false, fmt.Errorf("event %s is not JSON: %w", event, err)
	}
	switch event {
	case "meta":
		a.by = e.Provider + " " + e.Model
	case "delta":
		if a.first.IsZero() {
			a.first = a.now()
		}
		_, err = io.WriteString(a.out, e.Text)
	case "usage":
		a.tokens, a.left = e.Output, e.Remaining
	case "done":
		a.summary(e.Stop)
		return true, nil
	case "error":
		a.summary("broke off")
		return true, fmt.Errorf("the answer broke off (%s); retry can help: %v", e.Code, e.Retryable)
	}
	return false, err
}

// summary says how the answer went.
func (a *answer) summary(stop string) {
	if a.first.IsZero() {
		a.first = a.now()
	}
	took := a.now().Sub(a.first)
	rate := 0.0
	if took > 0 {
		rate = float64(a.tokens) / took.Seconds()
	}
	fmt.Fprintf(a.notes, "\n\n%s · first word after %d ms · %d tokens, %.0f a second · %s · %d questions left this month\n",
		a.by, a.first.Sub(a.began).Milliseconds(), a.tokens, rate, stop, a.left)
}
