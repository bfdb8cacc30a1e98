// Command entitlement-backfill takes the snapshot of the old system's users and
// brings over what they paid for, as Stripe confirms it. An operator runs it
// slice by slice: go tool task migrate -- users, then plans.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("entitlement-backfill", wire) }
