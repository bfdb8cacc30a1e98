// Command stripe-webhook takes Stripe's events at POST /webhooks/stripe.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("stripe-webhook", wire) }
