package runtimeapi

import "time"

// run takes an invocation to its end.
func (h *Host) run(inv *invocation) Result {
	w, fail := h.place(inv)
	if fail == nil {
		fail = inv.await(w)
	}
	return h.finish(inv, w, fail)
}

// place hands the event to a warm process, or to a new one.
func (h *Host) place(inv *invocation) (*worker, *failure) {
	for w := h.take(inv.fn); w != nil; w = h.take(inv.fn) {
		if w.hand(inv) {
			h.opt.Observe(inv.event(Running, nil, 0))
			return w, nil
		}
		w.shutdown() // it ended while it was idle
	}
	inv.cold = true
	h.opt.Observe(inv.event(Running, nil, 0))
	return h.coldStart(inv)
}

// coldStart starts a process. If its init fails, Lambda starts it once more,
// within the time of the invocation itself.
func (h *Host) coldStart(inv *invocation) (*worker, *failure) {
	begun := h.opt.Now()
	w, err := h.start(inv.fn)
	if err != nil {
		return nil, startFailure(inv, err)
	}
	fail := w.awaitInit(inv, h.opt.InitTimeout)
	if fail == nil {
		inv.initDuration = h.opt.Now().Sub(begun)
		return w.handCold(inv)
	}
	w.out.lambda(initReport(h.opt.Now().Sub(begun), "init", fail))
	w.kill()
	w.out.close()
	return h.restart(inv)
}

// restart is the second init.
func (h *Host) restart(inv *invocation) (*worker, *failure) {
	inv.start(inv.def.Timeout)
	inv.restarted = true
	w, err := h.start(inv.fn)
	if err != nil {
		return nil, startFailure(inv, err)
	}
	fail := w.awaitInit(inv, inv.def.Timeout)
	if fail == nil {
		return w.handCold(inv)
	}
	w.out.lambda(initReport(h.opt.Now().Sub(inv.began), "invoke", fail))
	w.kill()
	w.out.do(func(j *journal) { j.begin(inv.id) })
	return w, fail
}

// awaitInit waits until the process asks for its first event.
func (w *worker) awaitInit(inv *invocation, limit time.Duration) *failure {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-w.inited:
		return nil
	case <-w.failed:
		return w.initFail
	case <-w.exited:
		if w.initFail != nil { // it reported the failure before it ended
			return w.initFail
		}
		return lambdaFailure(InitError, "Runtime.ExitError", "RequestId: %s Error: %s", inv.id, w.exitText())
	case <-timer.C:
		return timeoutFailure(inv)
	}
}

// handCold is hand for a process that has just begun. Its memory is looked at
// now, in case the event is its end.
func (w *worker) handCold(inv *invocation) (*worker, *failure) {
	w.peak()
	if w.hand(inv) {
		return w, nil
	}
	w.out.do(func(j *journal) { j.begin(inv.id) })
	return w, crashFailure(inv, w)
}

// hand gives the event to the process, and reports whether it was there to take it.
func (w *worker) hand(inv *invocation) bool {
	inv.start(w.def.Timeout)
	select {
	case w.events <- inv:
		return true
	case <-w.exited:
		return false
	}
}

// start sets the clock of the invocation, unless a first init already did.
func (inv *invocation) start(limit time.Duration) {
	if inv.restarted {
		return
	}
	inv.began = inv.host.opt.Now()
	inv.deadline = inv.began.Add(limit)
}

// await waits until the process is through with the event.
func (inv *invocation) await(w *worker) *failure {
	timer := time.NewTimer(inv.deadline.Sub(inv.host.opt.Now()))
	defer timer.Stop()
	late := false
	select {
	case <-inv.done:
	case <-w.exited:
	case <-timer.C:
		late = true
		w.peak()
		w.kill()
	}
	return inv.verdict(w, late)
}

// verdict decides what came of the event once the process is through or gone.
func (inv *invocation) verdict(w *worker, late bool) *failure {
	w.mu.Lock()
	claimed := inv.claimed
	inv.claimed = true // whatever comes now is too late
	w.mu.Unlock()
	if claimed {
		<-inv.read
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case inv.settled:
		return inv.answer.fail
	case late:
		return timeoutFailure(inv)
	default:
		return crashFailure(inv, w)
	}
}

// finish closes the books on an invocation and frees its process.
func (h *Host) finish(inv *invocation, w *worker, fail *failure) Result {
	inv.duration = h.opt.Now().Sub(inv.began)
	r := Result{RequestID: inv.id, Outcome: OK, Cold: inv.cold, Duration: inv.duration, InitDuration: inv.initDuration, Payload: inv.answer.payload}
	if fail != nil {
		r.FunctionError, r.Outcome = "Unhandled", fail.outcome
		r.ErrorType, r.ErrorMessage, r.Payload = fail.kind, fail.message, fail.payload
	}
	if w == nil {
		r.LogTail = h.logUnstarted(inv, fail)
	} else {
		r.MaxMemory = w.peak()
		r.LogTail = w.out.end(inv.closing(fail, r.MaxMemory))
		h.free(inv.fn, w)
	}
	h.opt.Observe(inv.event(r.Outcome, fail, r.MaxMemory))
	return r
}

// logUnstarted logs an invocation whose process could not even be started.
func (h *Host) logUnstarted(inv *invocation, fail *failure) string {
	j := &journal{host: h, function: inv.def.Name}
	j.begin(inv.id)
	return j.end(inv.closing(fail, 0))
}

// free returns a process to the pool, or buries it.
func (h *Host) free(f *function, w *worker) {
	select {
	case <-w.exited:
		w.shutdown()
	default:
		h.put(f, w)
	}
}

func (inv *invocation) event(outcome Outcome, fail *failure, peak int64) Event {
	e := Event{
		Function: inv.def.Name, RequestID: inv.id, Outcome: outcome, Cold: inv.cold, Start: inv.arrived,
		Duration: inv.duration, InitDuration: inv.initDuration, MaxMemory: peak, MemoryMB: inv.def.MemoryMB,
	}
	if fail != nil {
		e.ErrorType, e.Error = fail.kind, fail.message
	}
	return e
}
