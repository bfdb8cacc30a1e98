package llmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// stream writes server-sent events and flushes each.
type stream struct {
	w    http.ResponseWriter
	done <-chan struct{}
}

func newStream(w http.ResponseWriter, r *http.Request) stream {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	return stream{w: w, done: r.Context().Done()}
}

// send writes one event; name "" leaves the event line out, as OpenAI does.
func (s stream) send(name string, body any) {
	data, _ := json.Marshal(body)
	s.raw(name, string(data))
}

func (s stream) raw(name, data string) {
	if name != "" {
		fmt.Fprintf(s.w, "event: %s\n", name)
	}
	fmt.Fprintf(s.w, "data: %s\n\n", data)
	_ = http.NewResponseController(s.w).Flush()
}

// object is a JSON object.
type object = map[string]any

// refuse answers the faults that come before any event. It reports whether the
// request is over.
func refuse(w http.ResponseWriter, f Fault, body func(kind, message string) object) bool {
	status, kind, message := 0, "", ""
	switch f {
	case Error500:
		status, kind, message = http.StatusInternalServerError, "api_error", "Internal server error"
	case Limited:
		status, kind, message = http.StatusTooManyRequests, "rate_limit_error", "Number of requests has exceeded your rate limit"
		w.Header().Set("Retry-After", "3")
	case Overloaded:
		status, kind, message = 529, "overloaded_error", "Overloaded"
	case BadRequest:
		status, kind, message = http.StatusBadRequest, "invalid_request_error", "messages: at least one message is required"
	case Unauthorized:
		status, kind, message = http.StatusUnauthorized, "authentication_error", "invalid x-api-key"
	default:
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_stand_in")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body(kind, message))
	return true
}

// breakOff ends the stream the way f says. It reports whether it did.
func breakOff(s stream, f Fault) bool {
	switch f {
	case EarlyEnd:
		return true
	case Hang:
		<-s.done
		return true
	case Reset:
		_ = http.NewResponseController(s.w).Flush()
		panic(http.ErrAbortHandler)
	}
	return false
}
