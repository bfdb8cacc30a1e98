package profiletest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/awstest"
)

// errRefused is what a party that is down looks like.
var errRefused = errors.New("dial tcp: connect: connection refused")

// Trouble is what one kind of call meets instead of its answer. Its zero
// outcome is a refused connection.
type Trouble struct {
	Call  string        // a prefix of what Calls lists: "dynamodb PutItem profiles", "sqs", "stripe POST"
	Times int           // how often; 0 for ever
	Code  string        // an AWS error code to answer with status 400
	Page  string        // or a text to answer with status 200, as a proxy might
	After time.Duration // wait first, or until the caller gives up
	Pass  bool          // let the call through after the wait
}

// Make adds trouble. Of several that fit a call, the first one counts.
func (w *World) Make(t Trouble) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.trouble = append(w.trouble, t)
}

// Break makes trouble inside Stripe.
func (w *World) Break(f stripetest.Fault) {
	mend := w.Stripe.Inject(f)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mends = append(w.mends, mend)
}

// Calm ends all trouble.
func (w *World) Calm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, mend := range w.mends {
		mend()
	}
	w.trouble, w.mends = nil, nil
}

// Calls returns the calls that were made since the last Forget, each as
// "<service> <operation> <table>".
func (w *World) Calls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.calls...)
}

// Forget empties the list of calls.
func (w *World) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = nil
}

// RoundTrip implements http.RoundTripper: it takes every request of a process to
// the party that it is for.
func (w *World) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodHead { // a connection opened ahead
		return answer(r, http.StatusNotFound, ""), nil
	}
	name, err := w.name(r)
	if err != nil {
		return nil, err
	}
	if t, ok := w.meet(name); ok {
		if err := t.wait(r); err != nil {
			return nil, err
		}
		if !t.Pass {
			return t.outcome(r)
		}
	}
	switch service, _, _ := strings.Cut(name, " "); service {
	case "stripe":
		return stripetest.Transport{Handler: w.Stripe}.RoundTrip(r)
	case "dynamodb":
		return w.tcp.RoundTrip(r)
	}
	return stripetest.Transport{Handler: w.AWS}.RoundTrip(r)
}

// name says what the request asks for, and leaves its body as it was.
func (w *World) name(r *http.Request) (string, error) {
	if "http://"+r.URL.Host == stripeAddress {
		return "stripe " + r.Method + " " + r.URL.Path, nil
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	name := awstest.ServiceOf(r) + " " + operation
	if !strings.HasPrefix(name, "dynamodb ") || r.Body == nil {
		return name, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	for _, table := range w.tables() {
		if bytes.Contains(body, []byte(`"`+w.DB.Table(table)+`"`)) {
			name += " " + table
		}
	}
	return name, nil
}

func (w *World) tables() []string {
	return []string{"consents", "entitlements", "mails", "profiles", "suppressions"}
}

// meet notes the call and finds the trouble that it runs into.
func (w *World) meet(name string) (Trouble, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, name)
	for i, t := range w.trouble {
		if !strings.HasPrefix(name, t.Call) {
			continue
		}
		switch t.Times {
		case 0:
		case 1:
			w.trouble = slices.Delete(w.trouble, i, i+1)
		default:
			w.trouble[i].Times--
		}
		return t, true
	}
	return Trouble{}, false
}

func (t Trouble) wait(r *http.Request) error {
	timer := time.NewTimer(t.After)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-r.Context().Done():
		return r.Context().Err()
	}
}

func (t Trouble) outcome(r *http.Request) (*http.Response, error) {
	switch {
	case t.Page != "":
		return answer(r, http.StatusOK, t.Page), nil
	case t.Code == "":
		return nil, errRefused
	}
	out := answer(r, http.StatusBadRequest, fmt.Sprintf(`{"__type":%q,"message":"Rate exceeded"}`, t.Code))
	out.Header.Set("X-Amzn-Errortype", t.Code)
	return out, nil
}

func answer(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
