//go:build !linux

package build

import (
	"os"
	"syscall"
)

// group is left to the system elsewhere: an orphaned compiler ends by itself.
func group() *syscall.SysProcAttr { return nil }

func killGroup(p *os.Process) error { return p.Kill() }
