//go:build !linux

package dynamotest

import "syscall"

// group is left to the system where a child cannot be tied to its parent's life.
func group() *syscall.SysProcAttr { return nil }
