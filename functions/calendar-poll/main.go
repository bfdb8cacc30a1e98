// Command calendar-poll runs every two minutes and feeds the queue of calendars
// that are due to be looked at.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-poll", wire) }
