//go:build !unix

package runtimeapi

import (
	"os"
	"syscall"
)

func processGroup() *syscall.SysProcAttr { return nil }

func killGroup(p *os.Process) error { return p.Kill() }

func terminate(p *os.Process) error { return p.Kill() }

func peakMemory(int) int64 { return 0 }

func exitMemory(*os.ProcessState) int64 { return 0 }
