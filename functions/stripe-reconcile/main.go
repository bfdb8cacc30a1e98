// Command stripe-reconcile repairs, every night, what webhooks did not tell; an
// operator runs it to work once more on one event.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("stripe-reconcile", wire) }
