package journey_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"callanalyst/pkg/ask/llmtest"
)

// BenchmarkTwoHundredStreams holds 200 answers open at once, each in a process of
// its own as on Lambda, and reports the memory of one and the time until the
// last of them has said its first word. Each iteration is the whole of it.
func BenchmarkTwoHundredStreams(b *testing.B) {
	const streams = 200
	for b.Loop() {
		l := startFleet(b, nil)
		l.Models.Always("anthropic", llmtest.Script{Fault: llmtest.Hang, Deltas: []string{"Once "}})
		tokens := make([]string, streams)
		for i := range tokens {
			tokens[i] = l.subscriber(fmt.Sprintf("0a5c0000-0000-4000-8000-%012d", i+100), 0)
		}
		began := time.Now()
		var wg sync.WaitGroup
		for _, token := range tokens {
			wg.Go(func() {
				resp := l.ask(token, `{"question":"Why?"}`)
				line, err := bufio.NewReader(resp.Body).ReadString('\n')
				if err != nil || resp.StatusCode != http.StatusOK {
					b.Errorf("answered %d %q, %v", resp.StatusCode, line, err)
				}
			})
		}
		wg.Wait()
		b.ReportMetric(time.Since(began).Seconds(), "s-to-last-first-word")
		n, mb := l.memory("ask")
		b.ReportMetric(float64(n), "processes")
		b.ReportMetric(mb/float64(max(n, 1)), "MB/stream")
		l.kill("ask")
	}
}

// residentForm finds a process's own memory in its status.
var residentForm = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// memory sums what this fleet's processes of a function hold, in MB.
func (l *local) memory(function string) (n int, mb float64) {
	l.t.Helper()
	procs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		l.t.Fatal(err)
	}
	for _, file := range procs {
		env, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(env, []byte("AWS_LAMBDA_FUNCTION_NAME="+function+"\x00")) || !l.mine(env) {
			continue
		}
		status, err := os.ReadFile(strings.TrimSuffix(file, "environ") + "status")
		if m := residentForm.FindSubmatch(status); err == nil && m != nil {
			kb, _ := strconv.Atoi(string(m[1]))
			n, mb = n+1, mb+float64(kb)/1024
		}
	}
	return n, mb
}
