// Command checkout answers POST /api/checkout: the address where the caller pays.
package main

import "callanalyst/pkg/boot"

func main() { boot.Main("checkout", wire) }
