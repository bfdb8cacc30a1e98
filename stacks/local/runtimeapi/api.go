package runtimeapi

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// The Runtime API of 2018-06-01, and as much of the Extensions API as a
// function needs to ask for SIGTERM.
const (
	runtimePath   = "/2018-06-01/runtime/"
	extensionPath = "/2020-01-01/extension/"
)

// api is the Runtime API of one process. Requests for another host name come
// from a web page that guesses ports, never from the function.
func (w *worker) api(host string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+runtimePath+"invocation/next", w.serveNext)
	mux.HandleFunc("POST "+runtimePath+"invocation/{id}/response", w.serveResponse)
	mux.HandleFunc("POST "+runtimePath+"invocation/{id}/error", w.serveError)
	mux.HandleFunc("POST "+runtimePath+"init/error", w.serveInitError)
	mux.HandleFunc("POST "+extensionPath+"register", w.serveRegister)
	mux.HandleFunc("GET "+extensionPath+"event/next", w.serveExtensionNext)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Host != host || r.Header.Get("Origin") != "" {
			reply(rw, http.StatusForbidden, "InvalidHost", "This address serves one function only.")
			return
		}
		mux.ServeHTTP(rw, r)
	})
}

// serveNext parks the process until there is an event for it.
func (w *worker) serveNext(rw http.ResponseWriter, r *http.Request) {
	if !w.park() {
		reply(rw, http.StatusForbidden, "InvalidStateTransition", "The current event has no answer yet.")
		return
	}
	select {
	case inv := <-w.events:
		w.deliver(rw, inv)
	case <-r.Context().Done():
	}
}

// park ends the current event, if it is answered.
func (w *worker) park() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ready {
		w.ready = true
		close(w.inited)
	}
	if w.current == nil {
		return true
	}
	if !w.current.settled {
		return false
	}
	close(w.current.done)
	w.current = nil
	return true
}

// deliver gives an event to the process.
func (w *worker) deliver(rw http.ResponseWriter, inv *invocation) {
	w.mu.Lock()
	w.current = inv
	w.mu.Unlock()
	w.out.do(func(j *journal) { j.begin(inv.id) })
	h := rw.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", inv.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", ARN(inv.def.Name))
	h.Set("Lambda-Runtime-Trace-Id", inv.trace)
	if inv.clientContext != "" {
		h.Set("Lambda-Runtime-Client-Context", inv.clientContext)
	}
	_, _ = rw.Write(inv.payload)
}

// serveResponse takes the answer to the current event.
func (w *worker) serveResponse(rw http.ResponseWriter, r *http.Request) {
	inv, ok := w.claim(rw, r)
	if !ok {
		return
	}
	a, err := inv.receive(r)
	w.settle(inv, a, err)
	if a.fail != nil && a.fail.kind == tooLargeKind {
		reply(rw, http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
			fmt.Sprintf("Exceeded maximum allowed payload size (%d bytes).", MaxResponse))
		return
	}
	accept(rw)
}

// serveError takes the error that the current event ended in.
func (w *worker) serveError(rw http.ResponseWriter, r *http.Request) {
	inv, ok := w.claim(rw, r)
	if !ok {
		return
	}
	fail, err := readFailure(Failed, r)
	w.settle(inv, answer{fail: fail}, err)
	accept(rw)
}

// serveInitError takes the error that the process could not start for.
func (w *worker) serveInitError(rw http.ResponseWriter, r *http.Request) {
	fail, err := readFailure(InitError, r)
	if err != nil {
		return
	}
	w.mu.Lock()
	first := w.initFail == nil && !w.ready
	if first {
		w.initFail = fail
	}
	w.mu.Unlock()
	if !first {
		reply(rw, http.StatusForbidden, "InvalidStateTransition", "Init is over.")
		return
	}
	accept(rw)
	close(w.failed)
}

// claim finds the event that a request answers. Each can be answered once.
func (w *worker) claim(rw http.ResponseWriter, r *http.Request) (*invocation, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	inv := w.current
	if inv == nil || inv.id != r.PathValue("id") {
		reply(rw, http.StatusBadRequest, "InvalidRequestID", "Invalid request ID")
		return nil, false
	}
	if inv.claimed {
		reply(rw, http.StatusBadRequest, "InvalidStateTransition", "The event has its answer.")
		return nil, false
	}
	inv.claimed = true
	return inv, true
}

// settle keeps an answer that came in whole. One that broke off is worth
// nothing: the process is dying, and the invocation ends as its death says.
func (w *worker) settle(inv *invocation, a answer, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		inv.settled, inv.answer = true, a
	}
	close(inv.read)
}

// serveRegister takes note that the function wants SIGTERM before its end.
func (w *worker) serveRegister(rw http.ResponseWriter, r *http.Request) {
	id, err := w.host.requestID()
	if err != nil {
		reply(rw, http.StatusInternalServerError, "Extension.InternalError", err.Error())
		return
	}
	w.mu.Lock()
	w.sigterm = true
	w.mu.Unlock()
	rw.Header().Set("Lambda-Extension-Identifier", id)
	rw.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(rw, `{"functionName":%q,"functionVersion":"$LATEST","handler":"bootstrap","accountId":%q}`, w.def.Name, Account)
}

// serveExtensionNext never answers: the extensions inside a Go function
// register for no event.
func (w *worker) serveExtensionNext(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
}

func accept(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(rw, `{"status":"OK"}`)
}

func reply(rw http.ResponseWriter, status int, kind, message string) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_, _ = rw.Write(errorJSON(kind, message))
}
