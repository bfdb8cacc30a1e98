package mail

import "callanalyst/pkg/mail/suppress"

// Suppressions tells an Outbox from the table suppressions which addresses get no
// mail.
type Suppressions = suppress.Reader

// AddressHash is an address as the tables know it.
func AddressHash(address string) string { return suppress.Hash(address) }

// blocked tells whether mail of the category is not sent for that reason.
func blocked(r suppress.Reason, c Category) bool {
	if c == Product {
		return r.StopsProduct()
	}
	return r.StopsAll()
}
