package auth

import "math/big"

// rocaPrimes are the primes under which the keys of CVE-2017-15361 give
// themselves away: modulo each, such a modulus is a power of 65537.
func rocaPrimes() [37]int64 {
	return [...]int64{
		5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73,
		79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
	}
}

// isROCA reports whether n bears the fingerprint of the Infineon library that
// made factorable keys. A sound modulus passes all 37 tests with a chance of
// less than one in a hundred million.
func isROCA(n *big.Int) bool {
	for _, p := range rocaPrimes() {
		if !isPower(new(big.Int).Mod(n, big.NewInt(p)).Int64(), p) {
			return false
		}
	}
	return true
}

// isPower reports whether r is a power of 65537 modulo the prime p.
func isPower(r, p int64) bool {
	x := int64(1)
	for range p {
		if x == r {
			return true
		}
		x = x * 65537 % p
	}
	return false
}
