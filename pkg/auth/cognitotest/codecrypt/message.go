package codecrypt

import (
	"crypto/cipher"
	"encoding/binary"
	"maps"
	"slices"
)

// The constants of the format.
const (
	version     = 1      // message format version
	customer    = 0x80   // type: customer authenticated encrypted data
	suite       = 0x0378 // AES-256-GCM, HKDF-SHA384, ECDSA P-384
	framed      = 2      // content type
	frameSize   = 4096
	nonceSize   = 12
	lastFrame   = 0xffffffff // stands before the final frame
	provider    = "aws-kms"
	aadFrame    = "AWSKMSEncryptionClient Frame"
	aadEndFrame = "AWSKMSEncryptionClient Final Frame"
	pairs       = 2      // of the encryption context
	maxField    = 0xffff // the longest value that a field can hold
)

// message is what the parts of one message share.
type message struct {
	id        [16]byte
	context   map[string]string
	keyARN    string
	sealedKey []byte
}

// header returns the header with its authentication tag.
func (m *message) header(aead cipher.AEAD) []byte {
	b := []byte{version, customer}
	b = binary.BigEndian.AppendUint16(b, suite)
	b = append(b, m.id[:]...)
	b = appendField(b, m.contextBytes())
	b = binary.BigEndian.AppendUint16(b, 1) // one data key
	b = appendField(b, []byte(provider))
	b = appendField(b, []byte(m.keyARN))
	b = appendField(b, m.sealedKey)
	b = append(b, framed, 0, 0, 0, 0, nonceSize)
	b = binary.BigEndian.AppendUint32(b, frameSize)
	nonce := make([]byte, nonceSize)
	tag := aead.Seal(nil, nonce, nil, b)
	return append(append(b, nonce...), tag...)
}

// contextBytes serializes the encryption context in the order of its keys.
func (m *message) contextBytes() []byte {
	b := []byte{0, byte(pairs)}
	for _, key := range slices.Sorted(maps.Keys(m.context)) {
		b = appendField(b, []byte(key))
		b = appendField(b, []byte(m.context[key]))
	}
	return b
}

// body appends the frames of the content to b. The last one may be empty.
func (m *message) body(b []byte, aead cipher.AEAD, content []byte) []byte {
	sequence := uint32(1)
	for ; len(content) > frameSize; sequence++ {
		b = binary.BigEndian.AppendUint32(b, sequence)
		b = m.frame(b, aead, sequence, aadFrame, content[:frameSize])
		content = content[frameSize:]
	}
	b = binary.BigEndian.AppendUint32(b, lastFrame)
	b = binary.BigEndian.AppendUint32(b, sequence)
	return m.frame(b, aead, sequence, aadEndFrame, content)
}

// frame appends a frame's nonce, the length if it is the last, content and tag.
func (m *message) frame(b []byte, aead cipher.AEAD, sequence uint32, kind string, content []byte) []byte {
	nonce := make([]byte, nonceSize)
	binary.BigEndian.PutUint32(nonce[nonceSize-4:], sequence)
	b = append(b, nonce...)
	if kind == aadEndFrame {
		b = binary.BigEndian.AppendUint32(b, uint32(len(content))) //nolint:gosec // the last frame is no longer than a frame
	}
	aad := append(m.id[:], kind...)
	aad = binary.BigEndian.AppendUint32(aad, sequence)
	aad = binary.BigEndian.AppendUint64(aad, uint64(len(content)))
	return aead.Seal(b, nonce, content, aad)
}

// fits tells whether every value has a length that its field can hold. The
// encryption context is one field, with its keys and lengths around the values.
func (m *message) fits() bool {
	return len(m.contextBytes()) <= maxField && len(m.keyARN) <= maxField && len(m.sealedKey) <= maxField
}

// appendField appends a value behind its length in two bytes.
func appendField(b, value []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(value))) //nolint:gosec // fits has checked it
	return append(b, value...)
}
