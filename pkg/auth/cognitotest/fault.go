package cognitotest

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Fault is trouble for one operation: a delay, an error, or both.
type Fault struct {
	// Operation is the action's name, such as "SignUp"; empty means any.
	Operation string
	// Times is how many calls it strikes; 0 means every call until Heal.
	Times int
	// Delay passes before the answer, or until the caller gives up.
	Delay time.Duration
	// Code and Message are the exception answered; an empty Code lets the call
	// through after the delay.
	Code, Message string
	// Status is the HTTP status of the exception; 400 if 0.
	Status int
}

type faults struct {
	mu   sync.Mutex
	list []Fault
}

// Inject adds a fault. Where several fit a call, the one added first strikes.
func (s *Server) Inject(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, f)
}

// Heal removes every fault.
func (s *Server) Heal() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// take finds the fault for a call and counts it down.
func (f *faults) take(name string) (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.IndexFunc(f.list, func(x Fault) bool { return x.Operation == "" || x.Operation == name })
	if i < 0 {
		return Fault{}, false
	}
	found := f.list[i]
	switch found.Times {
	case 0:
	case 1:
		f.list = slices.Delete(f.list, i, i+1)
	default:
		f.list[i].Times--
	}
	return found, true
}

// strike applies the fault for a call, if there is one.
func (f *faults) strike(ctx context.Context, name string) error {
	found, ok := f.take(name)
	if !ok {
		return nil
	}
	if err := wait(ctx, found.Delay); err != nil {
		return err
	}
	if found.Code == "" {
		return nil
	}
	e := fail(found.Code, found.Message)
	if found.Status != 0 {
		e.status = found.Status
	}
	return e
}

func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return &apiError{status: http.StatusRequestTimeout, kind: "RequestTimeout", message: "The caller gave up."}
	}
}
