// Command calendar-disconnect answers DELETE /api/calendar: the access goes back to
// Google, and the notetakers that follow from it are called off.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-disconnect", wire) }
