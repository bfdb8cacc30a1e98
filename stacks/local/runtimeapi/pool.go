package runtimeapi

import (
	"cmp"
	"slices"
)

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

// redefine changes the function, and returns the processes that this outdates.
func (f *function) redefine(def Function) []*worker {
	f.def = def
	f.generation++
	return f.drain()
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
