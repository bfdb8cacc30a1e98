// Command custom-email-sender is Cognito's custom e-mail sender. It decrypts
// the code that Cognito hands over and sends it in the branded mail, once.
package main

import (
	"runtime/debug"

	"callanalyst/pkg/boot"
)

func main() {
	// The Encryption SDK leaves much garbage per event. Collecting it at half the
	// usual growth keeps the process under 20 MB and costs no time worth naming.
	debug.SetGCPercent(50)
	boot.Main("custom-email-sender", wire)
}
