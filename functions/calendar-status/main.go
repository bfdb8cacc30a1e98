// Command calendar-status answers GET /api/calendar: the caller's connection and the
// meetings to come.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-status", wire) }
