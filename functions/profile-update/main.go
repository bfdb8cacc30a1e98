// Command profile-update answers PATCH /api/profile: the caller changes their own
// profile.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("profile-update", wire) }
