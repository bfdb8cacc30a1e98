package runtimeapi

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Function is one Lambda function.
type Function struct {
	// Name is the function's name, without an ARN around it.
	Name string
	// Binary is the path of the executable, built for this machine.
	Binary string
	// Env is the whole environment that the function gets, as "KEY=value",
	// besides the variables that Lambda itself sets.
	Env []string
	// Timeout is how long one invocation may take. Zero is Lambda's 3 seconds.
	Timeout time.Duration
	// MemoryMB is what the function is told that it has. Zero is 128.
	MemoryMB int
	// Concurrency is how many invocations may be under way at once. Zero
	// reserves nothing: the function shares [Options.Unreserved].
	Concurrency int
}

// Pool tells how many processes a function has.
type Pool struct {
	Function   string
	Warm, Busy int
}

// function is a Function with its processes. The host's mutex guards it.
type function struct {
	def        Function
	generation int       // rises with each change, and outdates older processes
	idle       []*worker // most recently used last
	running    int
}

// Set adds functions, or replaces those of the same name. Running invocations
// of a replaced function finish where they run; new ones get a new process.
func (h *Host) Set(functions ...Function) error {
	for _, f := range functions {
		if err := h.set(f); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) set(def Function) error {
	def, err := def.normal()
	if err != nil {
		return err
	}
	h.mu.Lock()
	f := h.functions[def.Name]
	if f == nil {
		f = &function{}
		h.functions[def.Name] = f
	}
	f.def = def
	f.generation++
	old := f.drain()
	h.mu.Unlock()
	h.stopIdle(old)
	return nil
}

// Swap gives a function another binary, as a deployment does: running
// invocations finish in the old one, new ones start in the new one.
func (h *Host) Swap(name, binary string) error {
	h.mu.Lock()
	f := h.functions[name]
	if f == nil {
		h.mu.Unlock()
		return fmt.Errorf("runtimeapi: swap %s: %w", name, ErrNotFound)
	}
	def := f.def
	h.mu.Unlock()
	def.Binary = binary
	return h.set(def)
}

// Pools tells of every function's processes, in order of names.
func (h *Host) Pools() []Pool {
	h.mu.Lock()
	defer h.mu.Unlock()
	var pools []Pool
	for name, f := range h.functions {
		pools = append(pools, Pool{Function: name, Warm: len(f.idle), Busy: f.running})
	}
	slices.SortFunc(pools, func(a, b Pool) int { return cmp.Compare(a.Function, b.Function) })
	return pools
}

// normal fills in Lambda's defaults and refuses what could never run.
func (d Function) normal() (Function, error) {
	if d.Name == "" || strings.ContainsAny(d.Name, ":/ ") {
		return d, fmt.Errorf("runtimeapi: function name %q is not one", d.Name)
	}
	path, err := filepath.Abs(d.Binary)
	if err != nil {
		return d, fmt.Errorf("runtimeapi: binary of %s: %w", d.Name, err)
	}
	d.Binary = path
	d.Timeout = cmp.Or(d.Timeout, 3*time.Second)
	d.MemoryMB = cmp.Or(d.MemoryMB, 128)
	d.Env = slices.Clone(d.Env)
	return d, nil
}

// drain takes all idle workers out of the pool.
func (f *function) drain() []*worker {
	old := f.idle
	f.idle = nil
	return old
}

// admit counts one more invocation, if the concurrency allows it.
func (h *Host) admit(name string) (*function, Function, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f := h.functions[name]
	switch {
	case h.closed:
		return nil, Function{}, ErrClosed
	case f == nil:
		return nil, Function{}, ErrNotFound
	case f.def.Concurrency > 0 && f.running >= f.def.Concurrency:
		return f, f.def, ErrThrottled
	case f.def.Concurrency == 0 && h.unreserved >= h.opt.Unreserved:
		return f, f.def, ErrThrottled
	}
	if f.def.Concurrency == 0 {
		h.unreserved++
	}
	f.running++
	h.wg.Add(1)
	return f, f.def, nil
}

// release ends what admit began.
func (h *Host) release(f *function, def Function) {
	h.mu.Lock()
	f.running--
	if def.Concurrency == 0 {
		h.unreserved--
	}
	h.mu.Unlock()
	h.wg.Done()
}

// take returns the most recently used idle worker, or nil.
func (h *Host) take(f *function) *worker {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(f.idle) == 0 {
		return nil
	}
	last := len(f.idle) - 1
	w := f.idle[last]
	f.idle = f.idle[:last]
	return w
}

// put returns a worker to the pool, unless it is outdated.
func (h *Host) put(f *function, w *worker) {
	h.mu.Lock()
	keep := !h.closed && w.generation == f.generation
	if keep {
		f.idle = append(f.idle, w)
		w.expire(h.opt.IdleTimeout, func() { h.drop(f, w) })
	}
	h.mu.Unlock()
	if !keep {
		w.shutdown()
	}
}

// drop ends a worker if it is still idle.
func (h *Host) drop(f *function, w *worker) {
	h.mu.Lock()
	i := slices.Index(f.idle, w)
	if i >= 0 {
		f.idle = slices.Delete(f.idle, i, i+1)
	}
	h.mu.Unlock()
	if i >= 0 {
		w.shutdown()
	}
}
