// Command recall-webhook takes Recall's webhooks at POST /webhooks/recall.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("recall-webhook", wire) }
