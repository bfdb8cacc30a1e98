package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// emulator is a running ministack.
type emulator struct {
	url  string // http://127.0.0.1:<port>
	port string
	env  []string // for whatever shall talk to it
	cmd  *exec.Cmd
	done chan error
}

// start runs ministack on a free port of this machine and waits until it
// answers.
func start(ctx context.Context, region string) (*emulator, error) {
	bin, err := filepath.Abs(".local/emulator-venv/bin/ministack")
	if err != nil {
		return nil, err
	}
	port, err := free(ctx)
	if err != nil {
		return nil, err
	}
	e := &emulator{url: "http://127.0.0.1:" + port, port: port, done: make(chan error, 1)}
	e.env = append(withoutAWS(os.Environ()),
		"AWS_ENDPOINT_URL="+e.url, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_REGION="+region, "AWS_DEFAULT_REGION="+region)
	e.cmd = exec.CommandContext(ctx, bin)
	e.cmd.Env = append(e.env, "BIND_HOST=127.0.0.1", "GATEWAY_PORT="+port, "IOT_MTLS_ENABLED=0")
	e.cmd.Dir = home
	// The functions that it spawned must end with it.
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := os.Create(filepath.Join(home, "emulator.log"))
	if err != nil {
		return nil, err
	}
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if err := e.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start the emulator: %w", err), log.Close())
	}
	go func() { e.done <- errors.Join(e.cmd.Wait(), log.Close()) }()
	if err := e.ready(ctx); err != nil {
		e.stop()
		return nil, err
	}
	return e, nil
}

// withoutAWS drops the developer's own profile and credentials: nothing here may
// reach a real account.
func withoutAWS(env []string) []string {
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "AWS_") })
}

func free(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// ready waits at most a minute for the first answer.
func (e *emulator) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client := &http.Client{Timeout: 2 * time.Second}
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url+"/_ministack/health", http.NoBody)
		if err != nil {
			return err
		}
		if resp, err := client.Do(req); err == nil {
			return resp.Body.Close()
		}
		select {
		case err := <-e.done:
			e.done <- err
			return fmt.Errorf("the emulator ended, see %s/emulator.log: %w", home, err)
		case <-ctx.Done():
			return fmt.Errorf("the emulator does not answer: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// stop ends the emulator and every function that it runs.
func (e *emulator) stop() {
	_ = syscall.Kill(-e.cmd.Process.Pid, syscall.SIGTERM)
	select {
	case err := <-e.done:
		e.done <- err // for whoever else waits
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-e.cmd.Process.Pid, syscall.SIGKILL)
}
