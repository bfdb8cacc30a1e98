package notetaker

import (
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"strings"
	"unicode/utf8"
)

// Utterance is what one person said without a break, as it is stored and sent to
// clients. Times are from the beginning of the recording.
type Utterance struct {
	Seq     int64  `json:"seq"` // its place in the order of arrival, from 1
	Speaker string `json:"speaker"`
	Text    string `json:"text"`
	StartMS int64  `json:"start_ms"`
	EndMS   int64  `json:"end_ms"`

	Participant int64 `json:"-"` // the speaker's number in the meeting
}

// maxText is how many bytes of text one row holds. A monologue can be longer
// than DynamoDB's 400 KB.
const maxText = 100 << 10

// marker is the key of the row that remembers an utterance: a negative number
// made of its content. Recall's messages have no number of their own, and what
// is delivered twice is alike to the byte. 96 bits do not meet by chance.
func (u Utterance) marker() string {
	h := sha256.New()
	var n [8]byte
	for _, v := range []int64{u.Participant, u.StartMS, u.EndMS} {
		binary.BigEndian.PutUint64(n[:], uint64(v)) //nolint:gosec // the bits are hashed, not the value
		h.Write(n[:])
	}
	h.Write([]byte(u.Text))
	sum := new(big.Int).SetBytes(h.Sum(nil)[:12])
	return sum.Add(sum, big.NewInt(1)).Neg(sum).String()
}

// parts cuts an utterance so that each part fits into a row. The parts share its
// times.
func (u Utterance) parts() []Utterance {
	var out []Utterance
	for {
		head, tail := cut(u.Text, maxText)
		part := u
		part.Text = head
		out = append(out, part)
		if tail == "" {
			return out
		}
		u.Text = tail
	}
}

// cut splits s after at most n bytes, at a space where there is one, and never
// inside a letter.
func cut(s string, n int) (head, tail string) {
	if len(s) <= n {
		return s, ""
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	if i := strings.LastIndexByte(s[:n], ' '); i > n/2 {
		return s[:i], s[i+1:]
	}
	return s[:n], s[n:]
}
