// Command entitlement answers GET /api/entitlement: what the caller has and may do.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("entitlement", wire) }
