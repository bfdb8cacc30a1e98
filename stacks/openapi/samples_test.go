package openapi_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/openapi"
)

// sample is a sample event with the answer that it gets.
type sample struct {
	name   string
	event  []byte
	answer openapi.Answer
}

// samples reads the samples of every function behind a route.
func samples(t *testing.T) (out []sample) {
	t.Helper()
	for _, f := range fleet.Functions() {
		if f.Trigger.Path == "" {
			continue
		}
		goldens, err := filepath.Glob(filepath.Join(root, "events", f.Name, "*.golden.json"))
		if err != nil || len(goldens) == 0 {
			t.Fatalf("%s has no samples: %v", f.Name, err)
		}
		for _, golden := range goldens {
			out = append(out, readSample(t, f.Name, golden))
		}
	}
	return out
}

func readSample(t *testing.T, function, golden string) sample {
	t.Helper()
	name := strings.TrimSuffix(filepath.Base(golden), ".golden.json")
	event, err := os.ReadFile(filepath.Join(filepath.Dir(golden), name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	return sample{name: function + "/" + name, event: event, answer: answerOf(t, golden, text)}
}

// unmask puts values of the right form back where the replayer wrote a name for
// what differs from run to run.
var unmask = strings.NewReplacer(
	"<now>", "2026-11-21T22:00:00Z", "<month>", "2026-11", "<here>", "https://stripe.example",
	"<cs_test>", "cs_test_1", "<bps>", "bps_1", "<evt>", "evt_1", "<bot id>", "bot_1",
)

// answerOf reads what the golden file says was answered: whole, or as a stream
// with its prelude.
func answerOf(t *testing.T, name string, text []byte) openapi.Answer {
	t.Helper()
	type head struct {
		Status  int                 `json:"statusCode"`
		Headers map[string][]string `json:"multiValueHeaders"`
	}
	var golden struct {
		Answer struct {
			head
			Body    json.RawMessage `json:"body"`
			Prelude *head           `json:"prelude"`
		} `json:"answer"`
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	a := golden.Answer
	if a.Prelude == nil {
		return openapi.Answer{Status: a.Status, Header: a.Headers, Body: unquote(a.Body)}
	}
	var lines []string
	if err := json.Unmarshal(a.Body, &lines); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	body := strings.Join(lines, "\n")
	if lines[len(lines)-1] == "" {
		body += "\n" // the last event's empty line
	}
	return openapi.Answer{Status: a.Prelude.Status, Header: a.Prelude.Headers, Body: []byte(unmask.Replace(body))}
}

// unquote is the body as it goes out: JSON as it is, text without its quotes.
func unquote(raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text)
	}
	return []byte(unmask.Replace(string(raw)))
}

// request builds the HTTP request behind an event.
func (s sample) request(t *testing.T) *http.Request {
	t.Helper()
	var e struct {
		Path    string              `json:"path"`
		Method  string              `json:"httpMethod"`
		Headers map[string][]string `json:"multiValueHeaders"`
		Query   url.Values          `json:"multiValueQueryStringParameters"`
		Body    string              `json:"body"`
		Base64  bool                `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(s.event, &e); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	if e.Base64 {
		body, err := base64.StdEncoding.DecodeString(e.Body)
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		e.Body = string(body)
	}
	r := httptest.NewRequestWithContext(t.Context(), e.Method, e.Path+"?"+e.Query.Encode(), strings.NewReader(e.Body))
	r.Header = e.Headers
	return r
}

func TestEverySampleAnswerHolds(t *testing.T) {
	t.Parallel()
	c := open(t)
	for _, s := range samples(t) {
		if err := c.Holds(s.request(t), s.answer); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// TestEveryAcceptedSampleRequestHolds holds each request that was answered well
// against the document, whose own clients' fields are all that it may name.
func TestEveryAcceptedSampleRequestHolds(t *testing.T) {
	t.Parallel()
	c := closed(t)
	n := 0
	for _, s := range samples(t) {
		if s.answer.Status >= 300 {
			continue
		}
		n++
		if err := c.Accepts(s.request(t)); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
	}
	if n == 0 {
		t.Error("no sample is answered well: has the golden's form changed?")
	}
}

// TestTheDocumentRefusesWhatTheFleetRefuses holds the samples of bad fields
// against it, but for those that only another party can judge.
func TestTheDocumentRefusesWhatTheFleetRefuses(t *testing.T) {
	t.Parallel()
	c := closed(t)
	others := map[string]string{
		"checkout/bad-promotion-code": "Stripe alone knows which codes there are",
		"recall-bot/not-a-meeting":    "what is a meeting's link is no matter of form",
	}
	for _, s := range samples(t) {
		if s.answer.Status != http.StatusBadRequest || strings.Contains(s.name, "-webhook/") || others[s.name] != "" {
			continue
		}
		if err := c.Accepts(s.request(t)); err == nil {
			t.Errorf("%s is refused, and the document accepts it", s.name)
		}
	}
}

// closed is the contract with no fields in requests but the described ones:
// the fleet ignores others, a sample that names one is a slip.
func closed(t *testing.T) *openapi.Contract {
	t.Helper()
	own, err := openapi.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	doc := own.Document()
	for path, item := range doc.Paths.Map() {
		if strings.HasPrefix(path, "/webhooks/") {
			continue // the sender's fields are his own
		}
		for _, op := range item.Operations() {
			if op.RequestBody == nil {
				continue
			}
			for _, media := range op.RequestBody.Value.Content {
				media.Schema.Value.AdditionalProperties.Has = new(bool)
			}
		}
	}
	c, err := openapi.New(doc)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
