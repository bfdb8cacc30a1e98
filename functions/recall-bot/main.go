// Command recall-bot sends a bot into a meeting at POST /api/recall/bot.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("recall-bot", wire) }
