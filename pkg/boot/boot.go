// Package boot is one process's start: configuration from the environment, a
// logger, an HTTP client, AWS clients and a secrets cache, made once before the
// first invocation, and the loop that serves invocations.
//
// A function's main is one line, and its wire function puts the parts together:
//
//	func main() { boot.Main("profile-get", wire) }
package boot

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// Process is what a function is made from. Every field can be replaced in a
// test; nothing behind it is global.
type Process struct {
	Name string
	Env  *Env
	Log  *slog.Logger
	HTTP *http.Client
	Now  func() time.Time
	Rand io.Reader
}

// Func is one function's body: the event as it came, and an answer that is
// written as JSON, or streamed when it is an io.Reader. A json.RawMessage goes
// back byte for byte.
type Func func(ctx context.Context, event json.RawMessage) (any, error)

// Wire builds a function's body from its process. Problems with configuration
// are collected in p.Env and need not be returned.
type Wire func(ctx context.Context, p *Process) (Func, error)

// NewProcess returns the process of the function called name, reading its
// configuration through lookup (os.LookupEnv outside tests) and logging to w.
func NewProcess(name string, lookup func(string) (string, bool), w io.Writer) *Process {
	return &Process{
		Name: name,
		Env:  &Env{Lookup: lookup},
		Log:  NewLogger(w, name),
		HTTP: &http.Client{Transport: NewTransport()},
		Now:  time.Now,
		Rand: rand.Reader,
	}
}

// Main runs the function called name until its environment is taken away. When
// wire or the configuration fails, it reports the failure to Lambda as an
// initialisation error, so that the caller sees the cause, and exits with 1.
func Main(name string, wire Wire) {
	p := NewProcess(name, os.LookupEnv, os.Stdout)
	fn, err := p.Start(context.Background(), wire)
	if err != nil {
		p.Log.Error("initialisation failed", "code", "CONFIGURATION", "error", err)
		reportInit(p, err)
		os.Exit(1)
	}
	lambda.Start(fn)
}

// Start calls wire and returns its Func, wrapped for logging and panics. Its
// error names every setting that is missing or malformed, all at once.
func (p *Process) Start(ctx context.Context, wire Wire) (Func, error) {
	fn, err := wire(ctx, p)
	if missing := p.Env.Err(); missing != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, missing)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: wire: %w", p.Name, err)
	}
	return p.observed(fn), nil
}
