// Command profile-get answers GET /api/profile: the caller's own profile.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("profile-get", wire) }
