// Command post-confirmation is Cognito's post-confirmation trigger. It gives
// each newly confirmed user a profile, the record of the accepted terms, a
// Stripe customer and a welcome. It never fails the user.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("post-confirmation", wire) }
