// Command recall-leave takes a bot out of a meeting at DELETE /api/recall/bot/{bot_id}.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("recall-leave", wire) }
