package recalltest

import (
	"fmt"
	"net/http"
	"time"
)

// Line is one thing that somebody says.
type Line struct {
	At      time.Duration // from the beginning of the recording
	For     time.Duration // how long it takes; 3 s if zero
	ID      int64         // of the speaker, from 1
	Speaker string        // "" for one who is not known yet
	Text    string
	Unheard bool // lost on the live path; only the finished transcript has it
}

// Standup is a short meeting.
func Standup() []Line {
	return []Line{
		{At: 1 * time.Second, ID: 1, Speaker: "Ann Okafor", Text: "Good morning. Let us keep it short today."},
		{At: 5 * time.Second, ID: 2, Speaker: "Ben Ruiz", Text: "The migration is done. All users have signed in again."},
		{At: 10 * time.Second, ID: 1, Speaker: "Ann Okafor", Text: "Great. When do we switch the old system off?"},
		{At: 14 * time.Second, ID: 3, Speaker: "Cleo Marsh", Text: "On Friday at noon. I write the announcement tomorrow."},
		{At: 19 * time.Second, ID: 1, Speaker: "Ann Okafor", Text: "Agreed. Ben, please prepare the way back in case we need it."},
		{At: 24 * time.Second, ID: 2, Speaker: "Ben Ruiz", Text: "Will do by Thursday."},
	}
}

// moment is something that a bot will do or hear.
type moment struct {
	at   time.Time
	code string // a status, or
	line *Line  // an utterance
	sub  string
}

// The steps of joining, counted from when the bot sets out.
const (
	waiting   = 1500 * time.Millisecond
	admitted  = 3 * time.Second
	recording = 4 * time.Second
	farewell  = 2 * time.Second // from the last word to the end
	slowMode  = 5 * time.Minute // by which the accurate mode is late
	finishing = 3 * time.Second // from the end to done
)

// rehearse plans the whole meeting of a bot.
func (s *Server) rehearse(b *Bot, mode string) {
	start := b.Created
	if b.JoinAt.After(start) {
		start = b.JoinAt
	}
	b.began = start.Add(recording)
	late := time.Duration(0)
	if mode != "prioritize_low_latency" {
		late = slowMode
	}
	b.plan = []moment{
		{at: start, code: "joining_call"}, {at: start.Add(waiting), code: "in_waiting_room"},
		{at: start.Add(admitted), code: "in_call_not_recording"}, {at: b.began, code: "in_call_recording"},
	}
	end := b.began
	for i := range s.cfg.Script {
		l := &s.cfg.Script[i]
		end = b.began.Add(l.At + l.length())
		b.plan = append(b.plan, moment{at: end.Add(late), line: l})
	}
	if b.longest > 0 && end.Sub(b.began) > b.longest {
		end = b.began.Add(b.longest)
	}
	b.plan = append(b.plan, ending(end.Add(late+farewell), "timeout_exceeded_everyone_left")...)
}

func (l *Line) length() time.Duration {
	if l.For > 0 {
		return l.For
	}
	return 3 * time.Second
}

func ending(at time.Time, sub string) []moment {
	return []moment{{at: at, code: "call_ended", sub: sub}, {at: at.Add(finishing), code: "done", sub: sub}, {at: at.Add(finishing), code: "transcript.done"}}
}

// end lets a bot leave now.
func (s *Server) end(b *Bot, sub string) {
	now := s.cfg.Now()
	b.plan = ending(now, sub)
	s.happen(b, b.plan[0])
	b.plan = b.plan[1:]
}

// Fail lets a bot's meeting fail, as when its link leads nowhere.
func (s *Server) Fail(id, sub string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.bots[id]
	b.plan = nil
	s.happen(b, moment{at: s.cfg.Now(), code: "fatal", sub: sub})
}

// happen does what a moment says and writes the webhooks that tell of it.
func (s *Server) happen(b *Bot, m moment) {
	if m.line != nil {
		b.heard = append(b.heard, *m.line)
		if !m.line.Unheard && b.endpoint != "" {
			s.post(b, b.endpoint, true, s.utterance(b, m.line))
		}
		return
	}
	if m.code == "transcript.done" {
		b.transcript = newID()
		s.status(b, "transcript.done", map[string]any{
			"data": map[string]any{"code": "done", "sub_code": nil, "updated_at": stamp(m.at)},
			"bot":  b.ref(), "transcript": map[string]any{"id": b.transcript, "metadata": map[string]string{}}, "recording": map[string]any{"id": b.ID, "metadata": map[string]string{}},
		})
		return
	}
	b.Status = m.code
	b.History = append(b.History, m.code)
	var sub any
	if m.sub != "" {
		sub = m.sub
	}
	s.status(b, "bot."+m.code, map[string]any{"data": map[string]any{"code": m.code, "sub_code": sub, "updated_at": stamp(m.at)}, "bot": b.ref()})
}

func (b *Bot) ref() map[string]any { return map[string]any{"id": b.ID, "metadata": b.Metadata} }

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func (s *Server) status(b *Bot, event string, data map[string]any) {
	if s.cfg.StatusURL != "" {
		s.post(b, s.cfg.StatusURL, false, map[string]any{"event": event, "data": data})
	}
}

// utterance is a real-time event. Finality is in its name alone, and it has no
// number.
func (s *Server) utterance(b *Bot, l *Line) map[string]any {
	none := map[string]string{}
	return map[string]any{"event": "transcript.data", "data": map[string]any{
		"data": l.words(), "realtime_endpoint": map[string]any{"id": b.ID, "metadata": none},
		"transcript": map[string]any{"id": b.ID, "metadata": none}, "recording": map[string]any{"id": b.ID, "metadata": none}, "bot": b.ref(),
	}}
}

func (l *Line) words() map[string]any {
	var name any
	if l.Speaker != "" {
		name = l.Speaker
	}
	return map[string]any{
		"words": []any{map[string]any{
			"text": l.Text, "start_timestamp": map[string]any{"relative": l.At.Seconds()}, "end_timestamp": map[string]any{"relative": (l.At + l.length()).Seconds()},
		}},
		"participant": map[string]any{"id": l.ID, "name": name, "is_host": l.ID == 1, "platform": "desktop", "extra_data": map[string]any{}, "email": nil},
	}
}

// downloads is where presigned transcripts are.
const downloads = "/downloads/"

func (s *Server) transcript(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.PathValue("id")
	if s.byTranscript(id) == nil {
		refuse(w, http.StatusNotFound, "not_found", 0)
		return
	}
	base := s.cfg.BaseURL
	if base == "" {
		base = "http://" + r.Host
	}
	answer(w, http.StatusOK, map[string]any{"id": id, "data": map[string]string{"download_url": fmt.Sprintf("%s%s%s", base, downloads, id)}})
}

func (s *Server) byTranscript(id string) *Bot {
	for _, b := range s.bots {
		if b.transcript == id && id != "" {
			return b
		}
	}
	return nil
}

func (s *Server) download(w http.ResponseWriter, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.byTranscript(id)
	if b == nil {
		refuse(w, http.StatusNotFound, "not_found", 0)
		return
	}
	all := []any{}
	for _, l := range b.heard {
		all = append(all, l.words())
	}
	answer(w, http.StatusOK, all)
}
