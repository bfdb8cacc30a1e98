// Command calendar-oauth-callback answers GET /api/calendar/oauth-callback, where Google
// sends browsers back to, and sends them on to the site.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-oauth-callback", wire) }
