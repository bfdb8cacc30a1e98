package notetaker

import (
	"encoding/json"
	"math"
	"strings"
	"time"

	"callanalyst/pkg/notetaker/recall"
)

// event is a webhook of either kind, as far as it is read.
type event struct {
	Event string `json:"event"`
	Data  struct {
		Data json.RawMessage `json:"data"`
		Bot  struct {
			ID       string            `json:"id"`
			Metadata map[string]string `json:"metadata"`
		} `json:"bot"`
		Transcript struct {
			ID string `json:"id"`
		} `json:"transcript"`
	} `json:"data"`
}

// change is the data of a status event.
type change struct {
	Code      string    `json:"code"`
	SubCode   string    `json:"sub_code"` // also null
	UpdatedAt time.Time `json:"updated_at"`
}

// botID is our id of the event's bot. One that was not ordered here, such as by
// hand in Recall's own pages, is kept under Recall's id.
func (e event) botID() (id string, known bool) {
	if id := e.Data.Bot.Metadata[recall.MetadataBotID]; strings.HasPrefix(id, "bot_") && len(id) < 100 {
		return id, true
	}
	return "recall_" + e.Data.Bot.ID, false
}

// realtime reports whether the event comes by the address that holds the token.
func (e event) realtime() bool {
	return e.Event == "transcript.data" || e.Event == "transcript.partial_data" || strings.HasPrefix(e.Event, "participant_events.")
}

// status reports whether the event tells where a bot is.
func (e event) status() bool { return strings.HasPrefix(e.Event, "bot.") }

// utterance joins the words of an utterance. One without words is none.
func utterance(w recall.Words) (Utterance, bool) {
	u := Utterance{Participant: w.Participant.ID, Speaker: "Speaker"}
	if w.Participant.Name != nil && *w.Participant.Name != "" {
		u.Speaker = *w.Participant.Name
	}
	var said []string
	for i, x := range w.Words {
		if t := strings.TrimSpace(x.Text); t != "" {
			said = append(said, t)
		}
		if i == 0 {
			u.StartMS = millis(x.Start)
			u.EndMS = u.StartMS
		}
		u.EndMS = max(u.EndMS, millis(x.Start), millis(x.End))
	}
	u.Text = strings.ToValidUTF8(strings.Join(said, " "), "\uFFFD")
	return u, u.Text != ""
}

// millis is a time in a recording, 0 for one that is absent or absurd.
func millis(s *recall.Stamp) int64 {
	const day = 24 * 60 * 60
	if s == nil || math.IsNaN(s.Relative) || s.Relative < 0 || s.Relative > day {
		return 0
	}
	return int64(math.Round(s.Relative * 1000))
}
