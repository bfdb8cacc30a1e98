package boot

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"
)

// NewTransport returns the one transport of a process. A Lambda environment
// serves one invocation at a time and talks to a few hosts, so it keeps a few
// idle connections to each, for longer than the pause between invocations, and
// gives up on an address that does not answer well before the function must.
// Proxies are not consulted: none is configured in Lambda.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 2 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          64,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       5 * time.Minute,
		TLSHandshakeTimeout:   2 * time.Second,
		ExpectContinueTimeout: time.Second,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(16)},
	}
}

// Connect opens a connection to each address, side by side, so that the first
// invocation finds it open: at 128 MB the handshake is dear there and cheap
// during initialisation. Failures do not matter: the call that needs the
// connection will open it. It waits at most 500 ms.
func (p *Process) Connect(ctx context.Context, addresses ...string) {
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	done := make(chan struct{}, len(addresses))
	for _, a := range addresses {
		go func() {
			p.touch(ctx, a)
			done <- struct{}{}
		}()
	}
	for range addresses {
		<-done
	}
}

// touch makes one request whose answer does not matter and drains it, which is
// what puts the connection into the pool.
func (p *Process) touch(ctx context.Context, address string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return
	}
	resp, err := p.HTTP.Do(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4<<10))
	_ = resp.Body.Close()
}
