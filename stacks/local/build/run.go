package build

import (
	"bytes"
	"context"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// run runs a command in a process group of its own and returns what it printed.
// The end of ctx kills the whole group: the go command starts compilers.
func run(ctx context.Context, cmd *exec.Cmd) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = group()
	cmd.WaitDelay = time.Second
	started, done := make(chan error, 1), make(chan error, 1)
	go func() {
		// The kernel ties a child's death signal to the thread that started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			err = cmd.Wait()
		}
		done <- err
	}()
	if err := <-started; err != nil {
		return "", err
	}
	select {
	case err := <-done:
		return strings.TrimSpace(out.String()), err
	case <-ctx.Done():
		killGroup(cmd.Process)
		<-done
		return "", ctx.Err()
	}
}
