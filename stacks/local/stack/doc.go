// Package stack runs the whole fleet in one process: a stand-in for each outside
// party, the real function binaries behind them, and the edge in front. The
// command task dev runs is this package with flags around it; tests start the
// same fleet on free ports.
package stack
