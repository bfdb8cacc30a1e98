package runtimeapi

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Outcome says how an invocation went.
type Outcome string

// The outcomes. Running is that of an invocation that has only begun.
const (
	Running   Outcome = "running"
	OK        Outcome = "ok"
	Failed    Outcome = "error"     // the function answered with an error
	TimedOut  Outcome = "timeout"   // it was killed at its deadline
	Crashed   Outcome = "crash"     // its process ended
	InitError Outcome = "init"      // its process never asked for an event
	Throttled Outcome = "throttled" // no process was free, and none allowed
)

// Event tells of an invocation, when it begins and when it has ended.
type Event struct {
	Function  string
	RequestID string
	Outcome   Outcome
	Cold      bool
	Start     time.Time
	// Duration is the time in the handler; InitDuration that of the cold start before it.
	Duration, InitDuration time.Duration
	// ErrorType and Error are empty unless the invocation failed.
	ErrorType, Error string
	// MaxMemory is the most memory, in bytes, that the process was seen to hold.
	MaxMemory int64
	MemoryMB  int
}

// closing are the lines with which Lambda ends an invocation's log.
func (inv *invocation) closing(fail *failure, peak int64) []string {
	var lines []string
	switch {
	case fail == nil || fail.outcome == Failed:
	case fail.outcome == TimedOut:
		stamp := inv.host.opt.Now().UTC().Format("2006-01-02T15:04:05.000Z")
		lines = append(lines, fmt.Sprintf("%s %s Task timed out after %.2f seconds", stamp, inv.id, inv.def.Timeout.Seconds()))
	default:
		lines = append(lines, fail.message, fail.kind)
	}
	return append(lines, "END RequestId: "+inv.id, inv.report(fail, peak))
}

// report is Lambda's REPORT line.
func (inv *invocation) report(fail *failure, peak int64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		inv.id, milliseconds(inv.duration), billed(inv.duration+inv.initDuration), inv.def.MemoryMB, megabytes(peak))
	if inv.initDuration > 0 {
		fmt.Fprintf(&b, "Init Duration: %.2f ms\t", milliseconds(inv.initDuration))
	}
	switch {
	case fail == nil || fail.outcome == Failed:
	case fail.outcome == TimedOut:
		b.WriteString("Status: timeout\t")
	default:
		fmt.Fprintf(&b, "Status: error\tError Type: %s\t", fail.kind)
	}
	return b.String()
}

// initReport is Lambda's line on an init that failed.
func initReport(d time.Duration, phase string, fail *failure) string {
	status := "error\tError Type: " + fail.kind
	if fail.outcome == TimedOut {
		status = "timeout"
	}
	return fmt.Sprintf("INIT_REPORT Init Duration: %.2f ms\tPhase: %s\tStatus: %s", milliseconds(d), phase, status)
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func billed(d time.Duration) int64 { return int64(math.Ceil(milliseconds(d))) }

func megabytes(n int64) int64 { return (n + 1<<20 - 1) >> 20 }
