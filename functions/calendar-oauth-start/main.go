// Command calendar-oauth-start answers GET /api/calendar/oauth-start: where the caller
// consents to Google, and a cookie that ties the attempt to this browser.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("calendar-oauth-start", wire) }
