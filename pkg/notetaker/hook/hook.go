// Package hook verifies webhooks in the Standard Webhooks form, which Recall and
// Svix use: an HMAC over id, time and raw body. Headers may be called webhook-*
// or svix-*, and several secrets may be valid while one is rolled. It fails
// closed: without a usable secret nothing is accepted.
package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"callanalyst/pkg/fault"
)

const (
	// Tolerance is how far a signature's time may lie from ours, either way.
	Tolerance = 5 * time.Minute
	// MinKey is how many bytes a secret must have at least, after base64.
	MinKey = 16

	maxHeader = 4 << 10
)

var (
	// ErrSignature reports a webhook that is not signed for this endpoint, or not
	// lately.
	ErrSignature = fault.New(fault.Invalid, "SIGNATURE_INVALID", "This request is not signed for this endpoint.")
	// ErrNoSecret reports that no usable secret is configured. An empty one would
	// verify what anybody signs.
	ErrNoSecret = errors.New("hook: no usable webhook secret is configured")
)

// Keys are decoded secrets. The zero value verifies nothing.
type Keys struct{ keys [][]byte }

// ParseKeys decodes secrets of the form whsec_<base64>. One that cannot be used
// is an error: it would silently narrow who may call.
func ParseKeys(secrets []string) (Keys, error) {
	var k Keys
	for i, s := range secrets {
		text, ok := strings.CutPrefix(s, "whsec_")
		key, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil || len(key) < MinKey {
			return Keys{}, fmt.Errorf("%w: secret %d of %d is not whsec_ and the base64 of %d bytes or more", ErrNoSecret, i+1, len(secrets), MinKey)
		}
		k.keys = append(k.keys, key)
	}
	if len(k.keys) == 0 {
		return Keys{}, ErrNoSecret
	}
	return k, nil
}

// Verify checks a raw body under its headers and returns the message's id, which
// stays the same when the message is delivered again.
func (k Keys) Verify(h http.Header, body []byte, now time.Time) (id string, err error) {
	if len(k.keys) == 0 {
		return "", ErrNoSecret
	}
	m, err := read(h)
	if err != nil {
		return "", ErrSignature.With(err)
	}
	if off := now.Sub(m.at); off > Tolerance || off < -Tolerance {
		return "", ErrSignature.With(fmt.Errorf("hook: signed %v away from now", off.Round(time.Second)))
	}
	for _, key := range k.keys {
		if m.signedBy(key, body) {
			return m.id, nil
		}
	}
	return "", ErrSignature.With(errors.New("hook: no secret matches the signature"))
}

// message is what the headers say.
type message struct {
	id, stamp  string
	at         time.Time
	signatures string
}

// read takes the one complete set of headers. A mixture of both sets, or a
// header that is there twice, is nobody's honest work.
func read(h http.Header) (message, error) {
	family := ""
	for _, prefix := range []string{"Webhook-", "Svix-"} {
		present := 0
		for _, name := range []string{"Id", "Timestamp", "Signature"} {
			present += len(h.Values(prefix + name))
		}
		switch {
		case present == 0:
		case present != 3 || family != "":
			return message{}, errors.New("hook: the signature's headers are not one complete set")
		default:
			family = prefix
		}
	}
	if family == "" {
		return message{}, errors.New("hook: not signed")
	}
	return parse(h.Get(family+"Id"), h.Get(family+"Timestamp"), h.Get(family+"Signature"))
}

func parse(id, stamp, signatures string) (message, error) {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || id == "" || len(id)+len(signatures) > maxHeader || seconds < 0 || seconds > 1<<40 {
		return message{}, errors.New("hook: the signature's headers cannot be read")
	}
	return message{id: id, stamp: stamp, at: time.Unix(seconds, 0), signatures: signatures}, nil
}

// signedBy looks for one signature of version 1 that the key makes. Some senders
// join several by commas, some by spaces; either will do.
func (m message) signedBy(key, body []byte) bool {
	want := sum(key, m.id, m.stamp, body)
	for part := range strings.FieldsFuncSeq(m.signatures, func(r rune) bool { return r == ' ' }) {
		text, ok := strings.CutPrefix(strings.Trim(part, ","), "v1,")
		got, err := base64.StdEncoding.DecodeString(text)
		if ok && err == nil && subtle.ConstantTimeCompare(got, want) == 1 {
			return true
		}
	}
	return false
}

func sum(key []byte, id, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Sign sets the headers webhook-* of a message, as a sender does, with the first
// key.
func (k Keys) Sign(h http.Header, id string, at time.Time, body []byte) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", stamp)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(sum(k.keys[0], id, stamp, body)))
}
