// Command calendar-settings answers PATCH /api/calendar: which meetings the notetaker
// joins by itself, and under which name.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-settings", wire) }
