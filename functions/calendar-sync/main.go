// Command calendar-sync takes jobs from the queue of due calendars, looks at each
// user's calendar, and has the notetaker's bots follow it.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-sync", wire) }
