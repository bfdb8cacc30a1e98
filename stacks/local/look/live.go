package look

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// A page is renewed at once when something changes, but not more often than
// every calm; and it is looked at every beat, for what changes without a word.
const (
	calm = 150 * time.Millisecond
	beat = 2 * time.Second
)

// Live streams a page's fragments to whoever has it open, each one when it has
// changed.
type Live struct {
	Render  func() ([]Fragment, error)
	Changed func() <-chan struct{} // closed with the next change
}

// ServeHTTP sends server-sent events until the reader leaves.
func (l Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	sent := map[string]string{}
	timer := time.NewTimer(beat)
	defer timer.Stop()
	for {
		changed := l.Changed()
		if err := l.send(w, sent); err != nil {
			return
		}
		timer.Reset(beat)
		select {
		case <-r.Context().Done():
			return
		case <-timer.C:
		case <-changed:
			timer.Reset(calm)
			select {
			case <-timer.C:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// send writes the fragments that differ from what was sent, and a comment when
// none does, so that a reader who left is noticed.
func (l Live) send(w http.ResponseWriter, sent map[string]string) error {
	fragments, err := l.Render()
	if err != nil {
		return err
	}
	text := ":\n\n"
	for _, f := range fragments {
		if sent[f.ID] == f.HTML {
			continue
		}
		sent[f.ID] = f.HTML
		data, err := json.Marshal(f)
		if err != nil {
			return err
		}
		text += fmt.Sprintf("data: %s\n\n", data)
	}
	if _, err := fmt.Fprint(w, text); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
