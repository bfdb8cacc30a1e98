package runtimeapi

import (
	"fmt"
	"os"
	"sync"
	"time"
)

// maxTail is how much of a log X-Amz-Log-Result holds, in bytes.
const maxTail = 4 << 10

// Line is one line of a function's log.
type Line struct {
	Time     time.Time
	Function string
	// RequestID is empty for what was printed outside an invocation.
	RequestID string
	Text      string
}

// journal tells which invocation a line belongs to, and keeps the last of it.
type journal struct {
	host     *Host
	function string
	request  string
	tail     []byte
}

// line logs one line.
func (j *journal) line(text string) {
	j.host.opt.Log(Line{Time: j.host.opt.Now(), Function: j.function, RequestID: j.request, Text: text})
	j.tail = append(append(j.tail, text...), '\n')
	if extra := len(j.tail) - maxTail; extra > 0 {
		j.tail = append(j.tail[:0], j.tail[extra:]...)
	}
}

// begin opens the log of one invocation.
func (j *journal) begin(request string) {
	j.request, j.tail = request, nil
	j.line("START RequestId: " + request + " Version: $LATEST")
}

// end closes it with Lambda's last lines, and returns its tail.
func (j *journal) end(lines []string) string {
	for _, l := range lines {
		j.line(l)
	}
	tail := string(j.tail)
	j.request, j.tail = "", nil
	return tail
}

// output is what a process prints, both its stdout and its stderr as on
// Lambda. The host writes marks into the same pipe, so that a step queued with
// do happens exactly behind everything that the process had printed by then.
type output struct {
	journal *journal
	read    *os.File
	write   *os.File
	mark    []byte

	mu    sync.Mutex
	steps chan func(*journal)
	done  chan struct{}
	once  sync.Once
}

func newOutput(h *Host, function string) (*output, error) {
	secret, err := h.bytes(16)
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("runtimeapi: open log pipe of %s: %w", function, err)
	}
	o := &output{
		journal: &journal{host: h, function: function},
		read:    r, write: w,
		mark:  fmt.Appendf(nil, "\x00%x\n", secret),
		steps: make(chan func(*journal), 8),
		done:  make(chan struct{}),
	}
	go o.copy()
	return o, nil
}

// do queues a step behind what has been printed so far.
func (o *output) do(step func(*journal)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.steps <- step
	_, _ = o.write.Write(o.mark)
}

// lambda logs a line of Lambda's own.
func (o *output) lambda(text string) {
	o.do(func(j *journal) { j.line(text) })
}

// end closes the log of an invocation, and returns its tail.
func (o *output) end(lines []string) string {
	tail := make(chan string, 1)
	o.do(func(j *journal) { tail <- j.end(lines) })
	return <-tail
}

// close logs what is left. A child that escaped its group and holds the pipe
// does not hold up the end.
func (o *output) close() {
	o.once.Do(func() {
		o.do(nil)
		<-o.done
		_ = o.read.Close()
		_ = o.write.Close()
	})
}

// copy logs lines and takes steps until the nil step.
func (o *output) copy() {
	defer close(o.done)
	lines := splitter{r: o.read, mark: o.mark}
	for {
		text, marked, err := lines.next()
		if text != "" || !marked && err == nil {
			o.journal.line(text)
		}
		if err != nil {
			return
		}
		if !marked {
			continue
		}
		step := <-o.steps
		if step == nil {
			return
		}
		step(o.journal)
	}
}
