package awstest

import (
	"crypto/rand"
	"fmt"
	"io"
	"sync"
	"time"
)

// Config is what the services of one endpoint share. Its zero value works:
// account 000000000000 in us-east-2, the system's clock and randomness.
type Config struct {
	// Region is the AWS region in ARNs; "us-east-2" if empty.
	Region string
	// Account is the twelve-digit AWS account in ARNs; zeros if empty.
	Account string
	// Seed decides KMS key material and secret ARNs, so that a restart with
	// the same seed decrypts what the last run encrypted.
	Seed string
	// URL is the address in queue URLs, without a trailing slash;
	// "https://sqs.<region>.amazonaws.com" if empty.
	URL string
	// Now is the clock; time.Now if nil. After moving a hand-set clock call
	// SQS.Tick, so that waiting receivers look again.
	Now func() time.Time
	// Rand is the source of identifiers and nonces; crypto/rand if nil.
	Rand io.Reader
}

// withDefaults fills the empty fields and makes Rand safe to share.
func (c Config) withDefaults() Config {
	if c.Region == "" {
		c.Region = "us-east-2"
	}
	if c.Account == "" {
		c.Account = "000000000000"
	}
	if c.Seed == "" {
		c.Seed = "callanalyst"
	}
	if c.URL == "" {
		c.URL = "https://sqs." + c.Region + ".amazonaws.com"
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if _, ok := c.Rand.(*lockedReader); !ok {
		c.Rand = &lockedReader{r: c.Rand}
	}
	return c
}

// arn builds an ARN of the account for a service's resource.
func (c Config) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + c.Region + ":" + c.Account + ":" + resource
}

// bytes returns n random bytes.
func (c Config) bytes(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(c.Rand, b); err != nil {
		return nil, fmt.Errorf("awstest: read randomness: %w", err)
	}
	return b, nil
}

// uuid returns a random version 4 UUID.
func (c Config) uuid() (string, error) {
	b, err := c.bytes(16)
	if err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// lockedReader lets services and requests share one reader.
type lockedReader struct {
	mu sync.Mutex
	r  io.Reader
}

// Read implements io.Reader.
func (l *lockedReader) Read(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.r.Read(p)
}
