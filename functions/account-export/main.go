// Command account-export answers GET /api/account/export: everything that we hold
// of the caller, as one JSON document.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("account-export", wire) }
