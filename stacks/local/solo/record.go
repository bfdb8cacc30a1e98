package solo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// recorder writes down every call that passes through it to a stand-in.
type recorder struct {
	mu    sync.Mutex
	see   Watch
	since time.Time
	calls []*Call
	on    bool
}

// begin forgets the calls so far and starts the clock of the next event.
func (r *recorder) begin(see Watch) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.see, r.since, r.calls, r.on = see, time.Now(), nil, true
}

// take ends the recording and returns the calls since begin.
func (r *recorder) take() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = false
	out := make([]Call, len(r.calls))
	for i, c := range r.calls {
		out[i] = *c
	}
	return out
}

// around puts the recorder in front of a stand-in. What describe says of a
// request is what is written down; where it says nothing, nothing is.
func (r *recorder) around(next http.Handler, describe func(*http.Request, []byte) (Call, bool)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // the function hung up
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		c, ok := describe(req, body)
		if !ok {
			next.ServeHTTP(w, req)
			return
		}
		hold, done := r.note(&c)
		pause(req.Context(), hold(c))
		next.ServeHTTP(&answered{ResponseWriter: w, ctx: req.Context(), record: r, call: &c}, req)
		done()
	})
}

// note adds a call. It returns what says how long to hold it, and what to do
// when it has its answer.
func (r *recorder) note(c *Call) (hold func(Call) time.Duration, done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	hold = func(Call) time.Duration { return 0 }
	if !r.on {
		return hold, func() {}
	}
	if r.see.Hold != nil {
		hold = r.see.Hold
	}
	c.Began = time.Since(r.since)
	r.calls = append(r.calls, c)
	tell := r.see.Call
	return hold, func() {
		if tell == nil {
			return
		}
		r.mu.Lock()
		seen := *c
		r.mu.Unlock()
		tell(seen)
	}
}

// pause waits for d, or until the caller is gone.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// answered writes into a call's record what its answer was, before the caller
// can see it: the caller's next call must not seem to run beside this one.
type answered struct {
	http.ResponseWriter
	ctx    context.Context // ends when the caller hangs up
	record *recorder
	call   *Call
	status int
	body   bytes.Buffer
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.stamp()
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter. Only an error's text is kept.
func (a *answered) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	if a.status >= http.StatusBadRequest {
		a.body.Write(p)
	}
	a.stamp()
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach what is below.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answered) stamp() {
	a.record.mu.Lock()
	defer a.record.mu.Unlock()
	a.call.Ended = time.Since(a.record.since)
	a.call.Answered = a.refusal()
}

// refusal is the code of an error, in its service's own words, or its status. A
// caller that hung up was not refused, whatever the stand-in made of it.
func (a *answered) refusal() string {
	if a.status < http.StatusBadRequest || a.ctx.Err() != nil {
		return ""
	}
	var e struct {
		Type  string `json:"__type"`
		Error struct {
			Code, Type string
		} `json:"error"`
	}
	_ = json.Unmarshal(a.body.Bytes(), &e) // a body that is no JSON has no code
	for _, code := range []string{e.Type[strings.LastIndex(e.Type, "#")+1:], e.Error.Code, e.Error.Type} {
		if code != "" {
			return code
		}
	}
	return http.StatusText(a.status)
}
