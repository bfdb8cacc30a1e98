package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/stack"
)

// asProgram makes the test binary be the program itself.
const asProgram = "CALLANALYST_LOCAL_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// idle is a function that answers nothing.
const idle = `package main

import (
	"net/http"
	"os"
)

func main() {
	r, err := http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/next")
	if err == nil {
		r.Body.Close()
	}
	select {}
}
`

// repository has a function of each name of the manifest, the real geofence and
// the real engine.
func repository(t *testing.T) string {
	t.Helper()
	real, root := dynamotest.Root(t), t.TempDir()
	for _, name := range []string{"node_modules", "stacks/aws/edge/geofence.js"} {
		link := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(real, name), link); err != nil {
			t.Fatal(err)
		}
	}
	put(t, filepath.Join(root, "go.mod"), "module example.test\n\ngo 1.26\n")
	for _, f := range fleet.Functions() {
		put(t, filepath.Join(root, "functions", f.Name, "main.go"), idle)
	}
	return root
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// program is the running command.
type program struct {
	*exec.Cmd
	out  *bufio.Reader
	errs *bytes.Buffer
	text strings.Builder
}

// launch runs the command on any free ports, unless args say otherwise.
func launch(t *testing.T, args ...string) *program {
	t.Helper()
	for _, p := range stack.Ports() {
		args = append([]string{"-" + p.Name, "0"}, args...)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	p := &program{Cmd: cmd, errs: &bytes.Buffer{}}
	cmd.Stderr = p.errs
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewReader(pipe)
	return p
}

// until reads what the command prints up to a line with the text.
func (p *program) until(t *testing.T, want string) {
	t.Helper()
	for !strings.Contains(p.text.String(), want) {
		line, err := p.out.ReadString('\n')
		p.text.WriteString(line)
		if err != nil {
			t.Fatalf("the program ended before %q:\n%s%s", want, &p.text, p.errs)
		}
	}
}

// end reads the rest and returns the exit code.
func (p *program) end(t *testing.T) int {
	t.Helper()
	rest, err := io.ReadAll(p.out)
	if err != nil {
		t.Fatal(err)
	}
	p.text.Write(rest)
	_ = p.Wait() // its exit code is looked at instead
	return p.ProcessState.ExitCode()
}

// offspring returns the ids of the command's children.
func (p *program) offspring(t *testing.T) []string {
	t.Helper()
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, list := range lists {
		ids, _ := os.ReadFile(list) // a thread that has ended has no children
		out = append(out, strings.Fields(string(ids))...)
	}
	return out
}

// gone waits until none of the processes is left.
func gone(t *testing.T, ids []string) {
	t.Helper()
	limit := time.After(5 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for _, id := range ids {
		for alive(id) {
			select {
			case <-tick.C:
			case <-limit:
				t.Fatalf("process %s is still there", id)
			}
		}
	}
}

// alive reports whether a process is there and not a corpse that waits for its
// parent.
func alive(id string) bool {
	stat, err := os.ReadFile("/proc/" + id + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestRunUntilASignal(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		root := repository(t)
		p := launch(t, "-root", root, "-no-watch")
		p.until(t, "Stop with Ctrl-C.")
		for _, want := range []string{"✓ database", "✓ stand-ins", "✓ functions", "ready in ", "AWS_ENDPOINT_URL=http://localhost:", "/_local", "--client-metadata tos_accepted=true"} {
			if !strings.Contains(p.text.String(), want) {
				t.Errorf("the start does not say %q:\n%s", want, &p.text)
			}
		}
		ids := p.offspring(t)
		if len(ids) == 0 {
			t.Error("the fleet has no processes")
		}
		if err := p.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if code := p.end(t); code != 0 || !strings.Contains(p.text.String(), "stopped: no process is left") {
			t.Errorf("%s ended with %d:\n%s%s", signal, code, &p.text, p.errs)
		}
		gone(t, ids)
	}
}

func TestASignalWhileItStarts(t *testing.T) {
	t.Parallel()
	p := launch(t, "-root", repository(t))
	p.until(t, "compiling them for the first time")
	ids := p.offspring(t)
	if err := p.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.end(t); code != 0 || !strings.Contains(p.text.String(), "stopped before it was ready") {
		t.Errorf("ended with %d:\n%s%s", code, &p.text, p.errs)
	}
	gone(t, ids)
}

// Nothing can be done at kill -9, but the kernel does it.
func TestChildrenDieWithTheirParent(t *testing.T) {
	t.Parallel()
	p := launch(t, "-root", repository(t), "-no-watch")
	p.until(t, "Stop with Ctrl-C.")
	ids := p.offspring(t)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.end(t)
	gone(t, ids)
}

func TestTroubleEndsWithOneAndNoStack(t *testing.T) {
	t.Parallel()
	badEnv := repository(t)
	put(t, filepath.Join(badEnv, ".env"), "STRIPE_SECRET_KEY sk_live_secret\n")
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{name: "an unreadable .env", args: []string{"-root", badEnv}, code: 1, want: "line 1: not a NAME=value line\n→ Correct the line"},
		{name: "a folder that is no repository", args: []string{"-root", t.TempDir()}, code: 1, want: "✗ node_modules is missing"},
		{name: "an unknown flag", args: []string{"-colour"}, code: 2, want: "flag provided but not defined: -colour"},
		{name: "an argument", args: []string{"now"}, code: 2, want: `✗ unexpected "now"`},
		{name: "help", args: []string{"-help"}, code: 0, want: "move every port by this much"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, tt.args...)
			code := p.end(t)
			said := p.errs.String()
			if code != tt.code || !strings.Contains(said, tt.want) {
				t.Errorf("%v ended with %d and said:\n%s\nwant %d with %q", tt.args, code, said, tt.code, tt.want)
			}
			if strings.Contains(said, "goroutine") || strings.Contains(said, "sk_live") {
				t.Errorf("it said too much:\n%s", said)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	tests := []struct {
		name  string
		args  []string
		check func(stack.Plan) bool
	}{
		{name: "the ports people know", check: func(p stack.Plan) bool {
			return p.Ports["edge"] == 8787 && p.Ports["aws"] == 4566 && p.Ports["inbox"] == 8025 && p.Ports["stripe"] == 12111
		}},
		{name: "all ports moved", args: []string{"-shift", "1000"}, check: func(p stack.Plan) bool { return p.Ports["edge"] == 9787 && p.Ports["stripe"] == 13111 }},
		{name: "one port moved", args: []string{"-aws", "5000"}, check: func(p stack.Plan) bool { return p.Ports["aws"] == 5000 && p.Ports["edge"] == 8787 }},
		{name: "sources are watched", check: func(p stack.Plan) bool { return p.Watch }},
		{name: "sources are left alone", args: []string{"-no-watch"}, check: func(p stack.Plan) bool { return !p.Watch }},
		{name: "outputs in .local", check: func(p stack.Plan) bool { return p.Home == filepath.Join(root, ".local") }},
		{name: "outputs of a moved fleet beside them", args: []string{"-shift", "1"}, check: func(p stack.Plan) bool { return p.Home == filepath.Join(root, ".local", "8788") }},
		{name: "state in memory", check: func(p stack.Plan) bool { return p.Data == "" }},
		{name: "state in a folder, wherever the program goes", args: []string{"-data", "kept"}, check: func(p stack.Plan) bool { return filepath.IsAbs(p.Data) && filepath.Base(p.Data) == "kept" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := plan(append([]string{"-root", root}, tt.args...))
			if err != nil {
				t.Fatal(err)
			}
			if !tt.check(p) {
				t.Errorf("plan(%v) = %+v", tt.args, p)
			}
		})
	}
}
