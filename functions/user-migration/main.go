// Command user-migration is Cognito's user migration trigger: a user of the old
// system signs in with the old password, or forgets it, and is in the pool.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("user-migration", wire) }
