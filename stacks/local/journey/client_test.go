package journey_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"callanalyst/pkg/boot/dynamotest"
)

// browser is client.mjs in a Node process of its own: one device with one
// person's sessions on it. Its requests run one at a time.
type browser struct {
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Scanner
}

// refusal is an error that the client library reports.
type refusal struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// Error is the name and the message.
func (r *refusal) Error() string { return r.Name + ": " + r.Message }

// tokens are what a sign-in gives.
type tokens struct {
	Access    string `json:"access"`
	ID        string `json:"id"`
	Refresh   string `json:"refresh"`
	Challenge string `json:"challenge"` // what is asked for instead
}

// ask is one request of client.mjs.
type ask map[string]any

// openBrowser starts a browser that talks to the pool at the endpoint. It ends
// with the test.
func openBrowser(t testing.TB, endpoint, pool, client string) *browser {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("the journey needs Node 20: ", err)
	}
	if _, err := os.Stat(filepath.Join(dynamotest.Root(t), "node_modules", "aws-jwt-verify")); err != nil {
		t.Fatal("the journey's client is not installed; go tool task setup installs it: ", err)
	}
	cmd := exec.CommandContext(t.Context(), node, "client.mjs", endpoint, pool, client)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := &browser{in: in, out: bufio.NewScanner(out)}
	b.out.Buffer(nil, 1<<20)
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	return b
}

// try makes one request and decodes the answer into out, which may be nil. What
// the library reports is a *refusal.
func (b *browser) try(what string, args ask, out any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	request := ask{"do": what}
	for k, v := range args {
		request[k] = v
	}
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := b.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("ask the browser to %s: %w", what, err)
	}
	if !b.out.Scan() {
		return fmt.Errorf("the browser ended while it was asked to %s: %w", what, b.out.Err())
	}
	var answer struct {
		OK    json.RawMessage `json:"ok"`
		Error *refusal        `json:"error"`
	}
	if err := json.Unmarshal(b.out.Bytes(), &answer); err != nil {
		return fmt.Errorf("answer of the browser to %s: %w", what, err)
	}
	if answer.Error != nil {
		return answer.Error
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.OK, out)
}
