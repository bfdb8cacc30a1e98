package cognitotest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"callanalyst/pkg/auth/cognitotest/keys"
)

// Server is the pool. Make one with New.
type Server struct {
	cfg        Config
	created    time.Time
	random     *random
	keys       atomic.Pointer[keys.Set]
	users      *store
	grants     *grants
	challenges *tickets[challenge]
	faults     *faults
	overlaps   sync.Map // Trigger → int, see Overlap
	hosted     hosted
	operations map[string]operation
	mux        *http.ServeMux

	// base outlives requests: a function that Cognito gave up on runs on.
	base    context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// New makes a pool of cfg. It fails only if no signing keys can be generated.
func New(cfg Config) (*Server, error) {
	cfg = cfg.withDefaults()
	base, cancel := context.WithCancel(context.Background())
	s := &Server{
		cfg: cfg, created: cfg.Now(), random: &random{source: cfg.Rand}, base: base, cancel: cancel,
		users: newStore(), grants: newGrants(), faults: &faults{},
		challenges: newTickets[challenge](), hosted: newHosted(),
	}
	if err := s.loadKeys(); err != nil {
		cancel()
		return nil, err
	}
	s.operations = s.api()
	s.mux = s.routes()
	return s, nil
}

func (s *Server) loadKeys() error {
	if s.cfg.Keys != nil {
		s.useKeys(*s.cfg.Keys)
		return nil
	}
	set, err := keys.Generate()
	if err != nil {
		return fmt.Errorf("cognitotest: %w", err)
	}
	s.useKeys(set)
	return nil
}

func (s *Server) useKeys(set keys.Set) { s.keys.Store(&set) }

// signingKeys are the pool's present keys: a restored snapshot brings its own.
func (s *Server) signingKeys() keys.Set { return *s.keys.Load() }

// Close cancels the functions that are still running and waits for them. The
// server must not be used afterwards.
func (s *Server) Close() {
	s.cancel()
	s.running.Wait()
}

// ServeHTTP answers the JSON API at any path, by its X-Amz-Target header, and the
// pool's documents and hosted pages by theirs.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("X-Amz-Target") != "" || isPreflight(r):
		s.serveAPI(w, r)
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// Owns reports whether r is for the pool, for a server that has other tenants: an
// operation of the API, or a path of the documents and hosted pages.
func (s *Server) Owns(r *http.Request) bool {
	if name := r.Header.Get("X-Amz-Target"); name != "" {
		return strings.HasPrefix(name, target)
	}
	_, pattern := s.mux.Handler(r)
	return pattern != "" || isPreflight(r)
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	wellKnown := "GET /" + s.cfg.PoolID + "/.well-known/"
	for pattern, handler := range map[string]http.HandlerFunc{
		wellKnown + "jwks.json":            s.serveJWKS,
		wellKnown + "openid-configuration": s.serveDiscovery,
		"GET /oauth2/authorize":            s.authorize,
		"GET /oauth2/idpresponse":          s.idpResponse,
		"POST /oauth2/token":               s.tokenEndpoint,
		"POST /oauth2/revoke":              s.revokeEndpoint,
		"GET /oauth2/userInfo":             s.userInfo,
		"POST /oauth2/userInfo":            s.userInfo,
		"OPTIONS /oauth2/":                 s.hostedPreflight,
		"GET /login":                       s.loginPage,
		"POST /login":                      s.loginSubmit,
		"GET /logout":                      s.logout,
		"GET /idp/{provider}":              s.accountPage,
		"POST /idp/{provider}":             s.accountSubmit,
	} {
		mux.HandleFunc(pattern, handler)
	}
	return mux
}
