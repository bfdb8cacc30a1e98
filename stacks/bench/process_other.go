//go:build !linux

package main

import "time"

// cpuTime cannot be read of another process here.
func cpuTime(int) time.Duration { return 0 }

// peakMemory cannot be read of another process here.
func peakMemory(int) int64 { return 0 }
