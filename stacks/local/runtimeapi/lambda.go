package runtimeapi

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
)

// ARN is the ARN of a function.
func ARN(name string) string {
	return "arn:aws:lambda:" + Region + ":" + Account + ":function:" + name
}

// ParseName splits what callers may give for a function: its name, a partial
// or a whole ARN, each with or without a qualifier.
func ParseName(s string) (name, qualifier string) {
	if i := strings.LastIndex(s, "function:"); i >= 0 {
		s = s[i+len("function:"):]
	}
	name, qualifier, _ = strings.Cut(s, ":")
	return name, qualifier
}

// ServeHTTP serves the Lambda API's Invoke, as every AWS SDK calls it:
// POST /2015-03-31/functions/{name}/invocations. It does not check signatures.
func (h *Host) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	id, err := h.requestID()
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	rw.Header().Set("X-Amzn-Requestid", id)
	name, ok := invokedName(r)
	if !ok {
		fail(rw, apiError{status: http.StatusNotFound, kind: "UnknownOperationException", body: map[string]string{"message": "Only Invoke is served here."}})
		return
	}
	if q := r.URL.Query().Get("Qualifier"); q != "" {
		name += ":" + q
	}
	h.serveInvoke(rw, r, name)
}

func invokedName(r *http.Request) (string, bool) {
	name, ok := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/")
	if !ok || r.Method != http.MethodPost {
		return "", false
	}
	return strings.CutSuffix(name, "/invocations")
}

func (h *Host) serveInvoke(rw http.ResponseWriter, r *http.Request, name string) {
	kind := r.Header.Get("X-Amz-Invocation-Type")
	payload, e := readPayload(r, kind)
	if e == nil {
		e = h.known(name)
	}
	if e != nil {
		fail(rw, *e)
		return
	}
	switch kind {
	case "", "RequestResponse":
		h.serveSync(rw, r, name, payload)
	case "Event":
		h.serveAsync(rw, name, payload)
	case "DryRun":
		rw.WriteHeader(http.StatusNoContent)
	default:
		fail(rw, invalid(http.StatusBadRequest, "InvalidParameterValueException",
			"1 validation error detected: Value '"+kind+"' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]"))
	}
}

// readPayload reads the event. None at all is an empty object.
func readPayload(r *http.Request, kind string) ([]byte, *apiError) {
	limit := int64(MaxRequest)
	if kind == "Event" {
		limit = MaxAsyncRequest
	}
	payload, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		e := invalid(http.StatusBadRequest, "InvalidRequestContentException", "Could not read the request: "+err.Error())
		return nil, &e
	}
	if int64(len(payload)) > limit {
		e := tooLarge(limit)
		return nil, &e
	}
	if len(payload) == 0 {
		return []byte("{}"), nil
	}
	if err := json.Unmarshal(payload, new(json.RawMessage)); err != nil {
		e := invalid(http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json: "+err.Error())
		return nil, &e
	}
	return payload, nil
}

// known refuses functions that do not exist.
func (h *Host) known(name string) *apiError {
	bare, qualifier := ParseName(name)
	h.mu.Lock()
	f := h.functions[bare]
	h.mu.Unlock()
	if f != nil && (qualifier == "" || qualifier == "$LATEST") {
		return nil
	}
	e := notFound(name)
	return &e
}

func (h *Host) serveSync(rw http.ResponseWriter, r *http.Request, name string, payload []byte) {
	inv := &invocation{name: name, payload: payload, trace: r.Header.Get("X-Amzn-Trace-Id")}
	if c, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Amz-Client-Context")); err == nil {
		inv.clientContext = string(c)
	}
	res, err := h.invoke(r.Context(), inv)
	if errors.Is(err, context.Canceled) {
		return // the caller has left
	}
	if err != nil {
		fail(rw, describe(name, err))
		return
	}
	head := rw.Header()
	head.Set("X-Amzn-Requestid", res.RequestID)
	head.Set("X-Amz-Executed-Version", "$LATEST")
	head.Set("Content-Type", "application/json")
	if res.FunctionError != "" {
		head.Set("X-Amz-Function-Error", res.FunctionError)
	}
	if r.Header.Get("X-Amz-Log-Type") == "Tail" {
		head.Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte(res.LogTail)))
	}
	_, _ = rw.Write(res.Payload)
}

// serveAsync hands the event to whoever retries it.
func (h *Host) serveAsync(rw http.ResponseWriter, name string, payload []byte) {
	bare, _ := ParseName(name)
	if err := h.async(bare, payload); err != nil {
		fail(rw, describe(name, err))
		return
	}
	rw.WriteHeader(http.StatusAccepted)
}

func (h *Host) async(name string, payload []byte) error {
	if h.opt.Async != nil {
		return h.opt.Async(name, payload)
	}
	if err := h.enter(); err != nil {
		return err
	}
	go func() {
		defer h.wg.Done()
		_, _ = h.Invoke(h.ctx, name, payload)
	}()
	return nil
}
