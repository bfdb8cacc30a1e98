// Command pre-signup is Cognito's pre-sign-up trigger. Nobody signs up without
// accepting the terms in force, and what was accepted is on record, with the
// server's time, before the account exists. Nobody gets a second account by
// another way, nor the address of a user of the old system.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("pre-signup", wire) }
