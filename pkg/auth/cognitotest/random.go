package cognitotest

import (
	"encoding/base64"
	"encoding/hex"
	"io"
	"sync"
)

// random draws identifiers and codes from one source. Sources need not be safe
// for concurrent use; random is.
type random struct {
	mu     sync.Mutex
	source io.Reader
}

// Read fills b from the source.
func (r *random) Read(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return io.ReadFull(r.source, b)
}

func (r *random) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := r.Read(b); err != nil {
		return nil, errInternal(err)
	}
	return b, nil
}

// uuid returns a random (version 4) UUID.
func (r *random) uuid() (string, error) {
	b, err := r.bytes(16)
	if err != nil {
		return "", err
	}
	return formatUUID(b), nil
}

// formatUUID writes the first 16 bytes of b as a version 4 UUID.
func formatUUID(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// digits returns n decimal digits, each equally likely.
func (r *random) digits(n int) (string, error) {
	out := make([]byte, 0, n)
	for len(out) < n {
		b, err := r.bytes(1)
		if err != nil {
			return "", err
		}
		if b[0] < 250 { // above it the low digits would be favoured
			out = append(out, '0'+b[0]%10)
		}
	}
	return string(out), nil
}

// token returns n random bytes in URL-safe base64.
func (r *random) token(n int) (string, error) {
	b, err := r.bytes(n)
	return base64.RawURLEncoding.EncodeToString(b), err
}
