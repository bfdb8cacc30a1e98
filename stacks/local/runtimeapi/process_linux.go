package runtimeapi

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
)

// processGroup gives a process a group of its own, and ends it even when this
// process is killed before it can do so.
func processGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// peakMemory reads the high-water mark of a live process's memory, in bytes.
// The kernel starts it afresh at exec, which rusage does not.
func peakMemory(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte("kB"))
	kb, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

// exitMemory adds nothing: what the kernel tells of an ended process counts in
// what this process held when it started the other.
func exitMemory(*os.ProcessState) int64 { return 0 }
