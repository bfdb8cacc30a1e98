package boot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"callanalyst/pkg/fault"
)

// errPanic is what a caller sees of a panic; the log has the rest.
var errPanic = fault.New(fault.Internal, "INTERNAL", "Something went wrong on our side.")

// observed wraps fn so that each invocation writes one line with its outcome,
// and a panic becomes an error instead of the end of the environment.
func (p *Process) observed(fn Func) Func {
	var warm atomic.Bool
	return func(ctx context.Context, event json.RawMessage) (out any, err error) {
		start := p.Now()
		cold := !warm.Swap(true)
		defer func() {
			if r := recover(); r != nil {
				p.Log.ErrorContext(ctx, "panic", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
				out, err = nil, errPanic
			}
			p.line(ctx, cold, p.Now().Sub(start), err)
			if err != nil {
				err = Failure{err}
			}
		}()
		return fn(ctx, event)
	}
}

// Failure is what leaves the process of an error: its code alone. The log has
// the cause; whoever invoked the function, a browser behind Cognito among them,
// must not learn of tables and upstreams.
type Failure struct{ Err error }

// Error returns the code of the fault in Err, or INTERNAL.
func (f Failure) Error() string { return fault.Of(f.Err).Code }

// Unwrap returns the cause.
func (f Failure) Unwrap() error { return f.Err }

// line writes an invocation's one wide line.
func (p *Process) line(ctx context.Context, cold bool, took time.Duration, err error) {
	attrs := []any{"cold_start", cold, "duration_ms", float64(took.Microseconds()) / 1000}
	if err != nil {
		p.Log.ErrorContext(ctx, "invocation", append(attrs, "outcome", "error", "code", fault.Of(err).Code, "error", err)...)
		return
	}
	p.Log.InfoContext(ctx, "invocation", append(attrs, "outcome", "ok")...)
}

// reportInit tells Lambda why the process could not start. Without it the
// caller would only learn that the runtime exited.
func reportInit(p *Process, cause error) {
	api := p.Env.Or("AWS_LAMBDA_RUNTIME_API", "")
	if api == "" {
		return
	}
	body, _ := json.Marshal(map[string]any{"errorType": "Runtime.InitError", "errorMessage": Scrub(cause.Error()), "stackTrace": []string{}})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+api+"/2018-06-01/runtime/init/error", bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Lambda-Runtime-Function-Error-Type", "Runtime.InitError")
	if resp, err := p.HTTP.Do(req); err == nil {
		_ = resp.Body.Close()
	}
}
