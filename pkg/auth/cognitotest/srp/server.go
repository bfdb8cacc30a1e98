package srp

import (
	"crypto/hmac"
	"fmt"
	"io"
	"math/big"
)

// privateSize is the length of an ephemeral private number in bytes.
const privateSize = 64

// Server is one sign-in seen from the side that holds the verifier. It serves a
// single exchange and must not be shared between goroutines.
type Server struct {
	group   group
	v, a, b *big.Int
	public  *big.Int
}

// NewServer starts an exchange with a client whose public value A is clientA, in
// hexadecimal. It returns ErrParameter for a value that is not acceptable.
func NewServer(random io.Reader, v Verifier, clientA string) (*Server, error) {
	gr := newGroup()
	a, err := gr.public(clientA)
	if err != nil {
		return nil, err
	}
	verifier, ok := new(big.Int).SetString(v.Value, 16)
	if !ok {
		return nil, fmt.Errorf("srp: the stored verifier is not a number: %w", ErrParameter)
	}
	s := &Server{group: gr, v: verifier, a: a}
	return s, s.draw(random)
}

// draw picks the private number b and computes B = kv + g^b.
func (s *Server) draw(random io.Reader) error {
	b := make([]byte, privateSize)
	if _, err := io.ReadFull(random, b); err != nil {
		return fmt.Errorf("srp: draw a private number: %w", err)
	}
	s.b = new(big.Int).SetBytes(b)
	kv := new(big.Int).Mul(s.group.k, s.v)
	gb := new(big.Int).Exp(s.group.g, s.b, s.group.n)
	s.public = kv.Mod(kv.Add(kv, gb), s.group.n)
	if s.public.Sign() == 0 {
		return ErrParameter
	}
	return nil
}

// B is the server's public value in hexadecimal.
func (s *Server) B() string { return hexOf(s.public) }

// Verify reports whether signature proves knowledge of the password.
func (s *Server) Verify(p Proof, signature []byte) bool {
	u := hashInt(pad(s.a), pad(s.public))
	if u.Sign() == 0 {
		return false
	}
	base := new(big.Int).Exp(s.v, u, s.group.n)
	base.Mul(base, s.a)
	key, err := sessionKey(new(big.Int).Exp(base, s.b, s.group.n), u)
	return err == nil && hmac.Equal(p.Sign(key), signature)
}
