// Command checkout-status answers GET /api/checkout/{session_id}: what became of the
// caller's checkout, applied before it is told.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("checkout-status", wire) }
