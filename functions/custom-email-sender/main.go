// Command custom-email-sender is Cognito's custom e-mail sender. It decrypts
// the code that Cognito hands over and sends it in the branded mail, once.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("custom-email-sender", wire) }
