package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// cpuTime is the CPU that a process has used so far, in all its threads, those
// that have ended too; 0 where it cannot be read.
func cpuTime(pid int) time.Duration {
	const schedClock = 2 // CPUCLOCK_SCHED: nanoseconds of real running time
	clock := ^uintptr(pid)<<3 | schedClock
	var ts syscall.Timespec
	//nolint:gosec // a process's CPU clock has no wrapper in the standard library
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		return 0
	}
	return time.Duration(ts.Nano())
}

// peakMemory is the most memory that a process has held, in bytes; 0 where it
// cannot be read.
func peakMemory(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10
		}
	}
	return 0
}
