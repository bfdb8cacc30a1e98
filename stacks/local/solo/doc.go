// Package solo runs one function alone: its real binary under the Lambda Runtime
// API, in a world that holds a real DynamoDB engine and a stand-in for every
// other party. A world is fresh for one event and costs a few milliseconds, so
// that sample events and measurements never see what an earlier one left.
package solo
