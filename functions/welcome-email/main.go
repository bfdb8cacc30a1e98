// Command welcome-email takes messages from the queue of welcomes and mails each
// new user once, in words for the plan they are on.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("welcome-email", wire) }
