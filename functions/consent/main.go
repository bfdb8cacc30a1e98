// Command consent answers POST /api/consent: the caller accepts the terms in
// force, chooses cookies, or both.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("consent", wire) }
