package runtimeapi

import (
	"context"
	"sync"
)

// Sink receives a streamed answer.
type Sink interface {
	// Head comes once, before the body. Its prelude is the JSON in front of a
	// streamed HTTP answer, and nil if the function answered without one.
	Head(contentType string, prelude []byte) error
	// Write receives each piece of the body as the function writes it. After an
	// error of Head or Write nothing more comes, but the function runs on: on
	// AWS it is not told either.
	Write(p []byte) (int, error)
}

// guard keeps a sink from being used after its owner has left.
type guard struct {
	mu   sync.Mutex
	sink Sink
}

func (g *guard) detach() {
	g.mu.Lock()
	g.sink = nil
	g.mu.Unlock()
}

// Head is the sink's, as long as it is there.
func (g *guard) Head(contentType string, prelude []byte) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sink == nil {
		return context.Canceled
	}
	return g.sink.Head(contentType, prelude)
}

// Write is the sink's, as long as it is there.
func (g *guard) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.sink == nil {
		return 0, context.Canceled
	}
	return g.sink.Write(p)
}
