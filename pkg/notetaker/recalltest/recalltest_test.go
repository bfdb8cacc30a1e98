package recalltest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/notetaker/recall"
	"callanalyst/pkg/notetaker/recalltest"
)

// lab is a Recall whose clock stands until it is turned.
type lab struct {
	*recalltest.Server
	t     *testing.T
	time  time.Time
	heard []string // events that came
	down  bool
}

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{t: t, time: time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)}
	l.Server = recalltest.New(recalltest.Config{
		Now: func() time.Time { return l.time }, StatusURL: "https://here.example/status", HTTP: &http.Client{Transport: recalltest.Transport{Handler: l.receiver()}},
		Script: []recalltest.Line{{At: time.Second, ID: 1, Speaker: "Ann", Text: "Hello."}},
	})
	return l
}

func (l *lab) receiver() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		var e struct{ Event string }
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			l.t.Errorf("a webhook is no JSON: %v", err)
		}
		l.heard = append(l.heard, e.Event)
	})
}

func (l *lab) client() *recall.Client {
	return &recall.Client{Base: "https://recall.example", HTTP: &http.Client{Transport: recalltest.Transport{Handler: l}}, Keys: recall.FixedKeys(recall.Secret{APIKey: recalltest.TestKey, URLToken: "t"})}
}

func (l *lab) order(join time.Duration) recall.Order {
	o := recall.Order{BotID: "bot_1", URL: "https://zoom.us/j/84335626851", Name: "N", Endpoint: "https://here.example/live", Longest: time.Hour}
	if join > 0 {
		o.JoinAt = l.time.Add(join)
	}
	return o
}

func (l *lab) create(key string, o recall.Order) string {
	l.t.Helper()
	id, err := l.client().Create(l.t.Context(), key, o)
	if err != nil {
		l.t.Fatal(err)
	}
	return id
}

func (l *lab) pass(d time.Duration) {
	for end := l.time.Add(d); l.time.Before(end); {
		l.time = l.time.Add(time.Second)
		l.Step(l.t.Context())
	}
}

// call makes a bare call and returns its status and code.
func (l *lab) call(method, path, body string) (int, string) {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), method, "https://recall.example"+path, strings.NewReader(body))
	if err != nil {
		l.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Token "+recalltest.TestKey)
	resp, err := recalltest.Transport{Handler: l}.RoundTrip(req)
	if err != nil {
		l.t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	var e struct{ Code string }
	_ = json.Unmarshal(text, &e) // some answers have no code
	return resp.StatusCode, e.Code
}

func TestAKeyRepeatsItsAnswerForAnHour(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	first := l.create("k1", l.order(time.Hour))
	l.time = l.time.Add(59 * time.Minute)
	same := l.order(time.Hour)
	same.JoinAt = same.JoinAt.Add(-59 * time.Minute) // the same request
	if again := l.create("k1", same); again != first {
		t.Errorf("within the hour: bot %s, want %s again", again, first)
	}
	if _, err := l.client().Create(t.Context(), "k1", l.order(0)); recall.StatusOf(err) != http.StatusConflict {
		t.Errorf("another request under the key: %v, want 409", err)
	}
	l.time = l.time.Add(2 * time.Minute)
	if later := l.create("k1", same); later == first {
		t.Error("after the hour the key still repeats its answer")
	}
}

func TestA507IsRepeatedUnderItsKey(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.Inject(recalltest.Fault{Status: http.StatusInsufficientStorage, Times: 1})
	for range 2 {
		_, err := l.client().Create(t.Context(), "k1", l.order(0))
		if recall.StatusOf(err) != http.StatusInsufficientStorage {
			t.Errorf("Create = %v, want 507", err)
		}
	}
	l.create("k2", l.order(0))
	l.Inject(recalltest.Fault{Status: http.StatusInsufficientStorage})
	l.create("k3", l.order(11*time.Minute)) // booked ahead: never 507
}

func TestTheLastTenMinutes(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	early, late, now := "/api/v1/bot/"+l.create("k1", l.order(11*time.Minute))+"/", "/api/v1/bot/"+l.create("k2", l.order(10*time.Minute))+"/", "/api/v1/bot/"+l.create("k3", l.order(0))+"/"
	l.pass(time.Second)
	soon := `{"join_at":"` + l.time.Add(9*time.Minute).Format(time.RFC3339) + `"}`
	tests := []struct {
		what, method, path, body string
		status                   int
		code                     string
	}{
		{"moving a bot into the last ten minutes", "PATCH", early, soon, 400, "update_bot_failed"},
		{"moving a bot that is on its way", "PATCH", now, `{"join_at":"2026-11-21T00:00:00Z"}`, 400, "update_bot_failed"},
		{"moving a bot", "PATCH", early, `{"join_at":"2026-11-21T00:00:00Z"}`, 200, ""},
		{"deleting a bot in its last ten minutes", "DELETE", late, "", 405, "delete_bot_failed"},
		{"telling it to leave", "POST", late + "leave_call/", "", 400, "cannot_command_unstarted_bot"},
		{"deleting a bot that is on its way", "DELETE", now, "", 405, "delete_bot_failed"},
		{"telling that to leave", "POST", now + "leave_call/", "", 200, ""},
		{"telling it twice", "POST", now + "leave_call/", "", 400, "cannot_command_completed_bot"},
		{"deleting a bot", "DELETE", early, "", 204, ""},
		{"deleting it twice", "DELETE", early, "", 404, "not_found"},
		{"a link with localhost in it", "POST", "/api/v1/bot/", `{"meeting_url":"https://localhost/x"}`, 403, ""},
		{"a link that is none", "POST", "/api/v1/bot/", `{"meeting_url":"x"}`, 400, "invalid"},
	}
	for _, tt := range tests {
		if status, code := l.call(tt.method, tt.path, tt.body); status != tt.status || code != tt.code {
			t.Errorf("%s = %d %s, want %d %s", tt.what, status, code, tt.status, tt.code)
		}
	}
}

func TestRemoveEndsWhateverThereIs(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	ahead, now, between := l.create("k1", l.order(time.Hour)), l.create("k2", l.order(0)), l.create("k3", l.order(5*time.Minute))
	l.pass(time.Second)
	for _, id := range []string{ahead, now, ahead, now, "no-such-bot"} {
		if err := l.client().Remove(t.Context(), id); err != nil {
			t.Errorf("Remove(%s) = %v", id, err)
		}
	}
	var refused *recall.Error
	if err := l.client().Remove(t.Context(), between); !errors.As(err, &refused) || refused.Code != "cannot_command_unstarted_bot" {
		t.Errorf("Remove of a bot between order and departure = %v", err)
	}
}

func TestFindGoesByMetadata(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	want := l.create("k1", l.order(time.Hour))
	for botID, want := range map[string]string{"bot_1": want, "bot_2": ""} {
		if got, err := l.client().Find(t.Context(), botID); err != nil || got != want {
			t.Errorf("Find(%s) = %q, %v, want %q", botID, got, err, want)
		}
	}
}

func TestOrdersAreLimited(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for range 120 {
		l.create("", l.order(time.Hour))
	}
	_, err := l.client().Create(t.Context(), "", l.order(time.Hour))
	var refused *recall.Error
	if !errors.As(err, &refused) || refused.Status != 429 || refused.RetryAfter != time.Minute {
		t.Errorf("the 121st order of a minute = %v, want 429 with Retry-After", err)
	}
	l.time = l.time.Add(time.Minute)
	l.create("", l.order(time.Hour))
}

func TestAWrongKeyIsRefused(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	c := l.client()
	c.Keys = recall.FixedKeys(recall.Secret{APIKey: "wrong"})
	if _, err := c.Find(t.Context(), "bot_1"); recall.StatusOf(err) != http.StatusUnauthorized {
		t.Errorf("Find = %v, want 401", err)
	}
}

// TestAMinuteWithoutAnAnswerEndsTheLiveTranscript is why the receiver must never
// refuse what it merely does not understand.
func TestAMinuteWithoutAnAnswerEndsTheLiveTranscript(t *testing.T) {
	t.Parallel()
	for down, want := range map[time.Duration]bool{58 * time.Second: true, 62 * time.Second: false} {
		l := newLab(t)
		l.create("k1", l.order(0))
		l.pass(7 * time.Second)
		l.down = true
		l.pass(down)
		l.down = false
		l.pass(10 * time.Minute)
		all := strings.Join(l.heard, " ")
		if got := strings.Contains(all, "transcript.data"); got != want {
			t.Errorf("after %s without an answer the utterance came: %t, want %t (%s)", down, got, want, all)
		}
		if !strings.Contains(all, "bot.done") || !strings.Contains(all, "transcript.done") {
			t.Errorf("status webhooks are tried for longer; came: %s", all)
		}
	}
}

func TestATranscriptCanBeRead(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.create("k1", l.order(0))
	l.pass(30 * time.Second)
	var id string
	for _, d := range l.Deliveries() {
		var e struct {
			Event string
			Data  struct{ Transcript struct{ ID string } }
		}
		if json.Unmarshal(d.Body, &e) == nil && e.Event == "transcript.done" {
			id = e.Data.Transcript.ID
		}
	}
	// The stand-in says http behind the client's https; only its own host is read so.
	c := l.client()
	c.Base = "http://recall.example"
	all, err := c.Transcript(t.Context(), id)
	if err != nil || len(all) != 1 || all[0].Words[0].Text != "Hello." || *all[0].Participant.Name != "Ann" {
		t.Errorf("Transcript(%q) = %+v, %v", id, all, err)
	}
	c.Base = "https://recall.example"
	if _, err := c.Transcript(t.Context(), id); !errors.Is(err, recall.ErrAddress) {
		t.Errorf("a transcript at an unencrypted address: %v, want ErrAddress", err)
	}
}

func TestThePageShowsBots(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	o := l.order(0)
	o.URL = "https://zoom.us/j/84335626851?x=<script>"
	l.create("k1", o)
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://recall.example/", nil)
	resp, err := recalltest.Transport{Handler: l}.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	if s := string(text); !strings.Contains(s, "84335626851") || strings.Contains(s, "<script>") {
		t.Errorf("the page is %s", s)
	}
}
