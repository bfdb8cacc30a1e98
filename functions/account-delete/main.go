// Command account-delete answers DELETE /api/account: everything of the caller
// goes, but what the law needs.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("account-delete", wire) }
