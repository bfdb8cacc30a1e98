//go:build unix

package runtimeapi

import (
	"os"
	"syscall"
)

// killGroup kills a process and its children.
func killGroup(p *os.Process) error {
	return syscall.Kill(-p.Pid, syscall.SIGKILL)
}

// terminate asks a process to end.
func terminate(p *os.Process) error {
	return p.Signal(syscall.SIGTERM)
}
