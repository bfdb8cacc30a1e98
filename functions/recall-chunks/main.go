// Command recall-chunks answers GET /api/recall/chunks: what was said since.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("recall-chunks", wire) }
