// Command billing-portal answers POST /api/billing/portal: the address where the
// caller manages the subscription.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("billing-portal", wire) }
