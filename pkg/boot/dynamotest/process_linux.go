package dynamotest

import "syscall"

// group puts the engine into a process group of its own, since a Ctrl-C is for
// this process to pass on, and ends it when this process is killed.
func group() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
