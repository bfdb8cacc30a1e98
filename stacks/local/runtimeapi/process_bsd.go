//go:build unix && !linux

package runtimeapi

import (
	"os"
	"syscall"
)

// processGroup gives a process a group of its own.
func processGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// peakMemory is known only of ended processes here.
func peakMemory(int) int64 { return 0 }

// exitMemory is the high-water mark of an ended process's memory, in bytes.
func exitMemory(state *os.ProcessState) int64 {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss
	}
	return 0
}
