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
	old := f.redefine(def)
	h.mu.Unlock()
	h.stopIdle(old)
	return nil
}

// Swap gives a function another binary, as a deployment does: running
// invocations finish in the old one, new ones start in the new one.
func (h *Host) Swap(name, binary string) error {
	path, err := filepath.Abs(binary)
	if err != nil {
		return fmt.Errorf("runtimeapi: swap %s: %w", name, err)
	}
	h.mu.Lock()
	f := h.functions[name]
	if f == nil {
		h.mu.Unlock()
		return fmt.Errorf("runtimeapi: swap %s: %w", name, ErrNotFound)
	}
	def := f.def
	def.Binary = path
	old := f.redefine(def)
	h.mu.Unlock()
	h.stopIdle(old)
	return nil
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
	for _, e := range d.Env {
		if key, _, ok := strings.Cut(e, "="); !ok || key == "" {
			return d, fmt.Errorf("runtimeapi: environment of %s has an entry without a key or without \"=\"", d.Name)
		}
	}
	d.Binary = path
	d.Timeout = cmp.Or(d.Timeout, 3*time.Second)
	d.MemoryMB = cmp.Or(d.MemoryMB, 128)
	d.Env = slices.Clone(d.Env)
	return d, nil
}
