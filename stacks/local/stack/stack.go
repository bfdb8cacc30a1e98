package stack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"callanalyst/pkg/ask/llmtest"
	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/migration/supabasetest"
	"callanalyst/pkg/notetaker/recalltest"
	"callanalyst/stacks/local/build"
	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/feeds"
	"callanalyst/stacks/local/keep"
	"callanalyst/stacks/local/latency"
	"callanalyst/stacks/local/runtimeapi"
)

// The pool of every local fleet. Its issuer is the real one's form.
const (
	PoolID   = "us-east-2_LocaLPool"
	ClientID = "local0client0callanalyst00"

	jwksPath = "/" + PoolID + "/.well-known/jwks.json"
)

// keepEvery is how often state goes to the data folder.
const keepEvery = 3 * time.Second

// Stack is a running fleet. Its stand-ins are open to tests, which inject faults
// and look at what was done.
type Stack struct {
	Cognito *cognitotest.Server
	AWS     *awstest.Endpoint
	Stripe  *stripetest.Server // nil where .env names the real one
	Models  *llmtest.Server    // nil where .env names the real ones
	Recall  *recalltest.Server // nil where .env names the real one
	Google  *googletest.Server // likewise
	// Supabase is the old system, nil where .env names the real one.
	Supabase *supabasetest.Server
	Host     *runtimeapi.Host

	plan      Plan
	listeners map[string]net.Listener
	servers   []*http.Server
	failed    chan error
	client    *http.Client

	ctx     context.Context // ends with the fleet
	cancel  context.CancelFunc
	running sync.WaitGroup

	delay     *latency.Table
	engine    *dynamotest.Engine
	builder   *build.Builder
	seeds     seeds
	standins  map[string]service
	async     *feeds.Async
	kept      []byte // the asynchronous events of an earlier run
	schedules *feeds.Schedules
	recorder  *console.Recorder
	store     *keep.Store
	unlock    func()
	mails     signal
}

// Start starts the plan's fleet and returns once every part answers. Whatever
// had started is stopped again if it fails; the error is a *Trouble where there
// is something to mend.
func Start(ctx context.Context, p Plan) (*Stack, error) {
	s := &Stack{
		plan: p.withDefaults(), listeners: map[string]net.Listener{}, failed: make(chan error, 1),
		client: &http.Client{Timeout: 5 * time.Second}, standins: map[string]service{}, recorder: console.NewRecorder(),
	}
	s.ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.builder = &build.Builder{Root: s.plan.Root, Out: filepath.Join(s.plan.Home, "bin"), Now: time.Now}
	if err := s.start(ctx); err != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return nil, explain(errors.Join(err, s.Stop(stop)))
	}
	return s, nil
}

// start takes the steps in order. What does not depend on another part is done
// beside it: compiling takes longest.
func (s *Stack) start(ctx context.Context) error {
	if err := checkTools(s.plan.Root, exec.LookPath); err != nil {
		return err
	}
	for _, f := range []func(context.Context) error{s.prepare, s.listen} {
		if err := f(ctx); err != nil {
			return err
		}
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.compile(gctx) })
	g.Go(func() error { return s.step("database", func() (string, error) { return s.openDatabase(gctx) }) })
	g.Go(func() error { return s.step("stand-ins", func() (string, error) { return s.openStandins(gctx) }) })
	if err := g.Wait(); err != nil {
		return err
	}
	return s.step("fleet", func() (string, error) { return "", s.open(ctx) })
}

// prepare checks the plan itself.
func (s *Stack) prepare(context.Context) (err error) {
	if s.delay, err = latency.NewTable(s.plan.Latency); err != nil {
		return trouble("Start with -latency p50, -latency p95 or without it.", "%w", err)
	}
	if s.plan.Data != "" {
		s.unlock, err = keep.Lock(s.plan.Data)
	}
	for _, name := range s.plan.unknown() {
		s.plan.Tell(Step{Name: ".env", Note: name + " is not a setting of the fleet; it is left out"})
	}
	return err
}

// step does one part of the start and tells how it went.
func (s *Stack) step(name string, do func() (string, error)) error {
	begun := time.Now()
	note, err := do()
	s.plan.Tell(Step{Name: name, Note: note, Took: time.Since(begun), Err: err})
	return err
}

// compile builds every function, and tells of each one.
func (s *Stack) compile(ctx context.Context) error {
	begun, compiled := time.Now(), 0
	if s.neverBuilt() {
		s.plan.Tell(Step{Name: "functions", Note: "compiling them for the first time, which can take some minutes"})
	}
	err := s.builder.All(ctx, s.plan.names(), func(b build.Built) {
		if !b.Fresh {
			compiled++
			s.plan.Tell(Step{Name: "build " + b.Function, Took: b.Took, Err: b.Err})
		}
	})
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%d compiled, %d up to date", compiled, len(s.plan.Functions)-compiled)
	s.plan.Tell(Step{Name: "functions", Note: note, Took: time.Since(begun)})
	return nil
}

// neverBuilt reports whether there is no binary of any function.
func (s *Stack) neverBuilt() bool {
	for _, name := range s.plan.names() {
		if _, err := os.Stat(s.builder.Binary(name)); err == nil {
			return false
		}
	}
	return len(s.plan.Functions) > 0
}

// openDatabase starts DynamoDB and makes the tables.
func (s *Stack) openDatabase(ctx context.Context) (string, error) {
	engine, err := dynamotest.Run(ctx, dynamotest.Options{Root: s.plan.Root, Java: s.plan.Java, Data: s.plan.Data})
	if engine != nil {
		s.engine = engine
	}
	if err != nil {
		return "", err
	}
	return engine.Name, dynamotest.CreateTables(ctx, dynamotest.NewClient(engine.URL), "")
}

// Failed delivers the reason when the fleet cannot go on.
func (s *Stack) Failed() <-chan error { return s.failed }

func (s *Stack) fail(err error) {
	select {
	case s.failed <- err:
	default: // one reason is enough
	}
}

// newID returns a random UUID.
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
