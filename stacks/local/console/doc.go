// Package console is the page at /_local that shows the fleet live: its
// functions, invocations, logs, schedules, queues and dead letters. The page is
// rendered on the server and renews itself by server-sent events; the same state
// is JSON at /_local/state.
//
// It shows payloads and errors as they are. It is for the developer whose
// machine this is, and answers on the loopback address alone.
package console
