// Command profile-sync gives every user of the pool a row in the table profiles.
// An operator runs it slice by slice: go tool task migrate -- profiles.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("profile-sync", wire) }
