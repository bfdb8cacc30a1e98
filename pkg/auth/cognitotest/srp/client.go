package srp

import (
	"fmt"
	"io"
	"math/big"
)

// TimestampLayout is the form of a proof's timestamp, always in UTC; the day of
// the month has no leading zero.
const TimestampLayout = "Mon Jan 2 15:04:05 UTC 2006"

// Client is one sign-in seen from the side that knows the password. It serves a
// single exchange and must not be shared between goroutines.
type Client struct {
	group     group
	a, public *big.Int
}

// NewClient draws the client's private number from random.
func NewClient(random io.Reader) (*Client, error) {
	b := make([]byte, privateSize)
	if _, err := io.ReadFull(random, b); err != nil {
		return nil, fmt.Errorf("srp: draw a private number: %w", err)
	}
	gr := newGroup()
	a := new(big.Int).SetBytes(b)
	return &Client{group: gr, a: a, public: new(big.Int).Exp(gr.g, a, gr.n)}, nil
}

// A is the client's public value in hexadecimal: SRP_A of InitiateAuth.
func (c *Client) A() string { return hexOf(c.public) }

// Sign answers the challenge (salt, serverB): the signature over p under the key
// that only the holder of the password can derive. p.User is the challenge's
// USER_ID_FOR_SRP.
func (c *Client) Sign(p Proof, password, salt, serverB string) ([]byte, error) {
	b, err := c.group.public(serverB)
	if err != nil {
		return nil, err
	}
	saltInt, ok := new(big.Int).SetString(salt, 16)
	if !ok {
		return nil, fmt.Errorf("srp: the salt is not a number: %w", ErrParameter)
	}
	u := hashInt(pad(c.public), pad(b))
	x := secret(p.Pool, p.User, password, saltInt)
	key, err := sessionKey(c.shared(b, u, x), u)
	if err != nil {
		return nil, err
	}
	return p.Sign(key), nil
}

// shared is S = (B - kg^x)^(a + ux).
func (c *Client) shared(b, u, x *big.Int) *big.Int {
	n := c.group.n
	base := new(big.Int).Exp(c.group.g, x, n)
	base.Mod(base.Sub(b, base.Mul(base, c.group.k)), n)
	exp := new(big.Int).Mul(u, x)
	return base.Exp(base, exp.Add(exp, c.a), n)
}
