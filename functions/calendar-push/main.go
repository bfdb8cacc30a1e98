// Command calendar-push takes Google's word that a calendar has changed, at
// POST /webhooks/google.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-push", wire) }
