// Command ask answers POST /api/ask: a question, about a call or not, answered by
// a language model as a stream of server-sent events.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("ask", wire) }
