// Command recall-bots answers GET /api/recall/bots: the caller's bots.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("recall-bots", wire) }
