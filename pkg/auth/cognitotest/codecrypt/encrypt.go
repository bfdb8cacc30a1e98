// Package codecrypt encrypts codes and temporary passwords exactly as Cognito
// does for custom senders.
//
// That is an AWS Encryption SDK message of format version 1 under algorithm
// suite 0x0378: AES-256-GCM, HKDF-SHA384, signed with ECDSA P-384, frames of
// 4096 bytes, one data key from KMS, and the encryption context userpool-id
// beside the message's public key. In base64 it begins with AYAD. Messages of
// the SDKs' own default suites begin with AgV4 instead; a receiver that was
// only tried with those fails on what Cognito sends.
package codecrypt

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
)

// The keys of the message's encryption context. The first is the SDK's own.
const (
	contextPublicKey = "aws-crypto-public-key"
	contextPool      = "userpool-id"
)

// ErrTooLong reports a pool id, key ARN or sealed key that the format has no
// room for: 65,535 bytes each.
var ErrTooLong = errors.New("codecrypt: a value is too long for the message format")

// DataKeys is where data keys come from: one KMS key.
type DataKeys interface {
	// DataKey returns the KMS key's ARN and a fresh 32-byte data key, in the
	// clear and sealed under the KMS key and the encryption context.
	DataKey(ctx context.Context, encryptionContext map[string]string) (keyARN string, plaintext, sealed []byte, err error)
}

// Encrypt returns the plaintext as the pool's custom sender gets it in
// request.code: the message in standard base64. The message id is read from
// rand; the signing key and signature come from the system's own source.
func Encrypt(ctx context.Context, keys DataKeys, poolID, plaintext string, rand io.Reader) (string, error) {
	signer, err := ecdsa.GenerateKey(elliptic.P384(), rand)
	if err != nil {
		return "", fmt.Errorf("codecrypt: make signing key: %w", err)
	}
	point, err := compressed(&signer.PublicKey)
	if err != nil {
		return "", fmt.Errorf("codecrypt: encode public key: %w", err)
	}
	encryptionContext := map[string]string{contextPublicKey: base64.StdEncoding.EncodeToString(point), contextPool: poolID}
	arn, dataKey, sealed, err := keys.DataKey(ctx, encryptionContext)
	if err != nil {
		return "", fmt.Errorf("codecrypt: get data key: %w", err)
	}
	m := message{context: encryptionContext, keyARN: arn, sealedKey: sealed}
	if !m.fits() {
		return "", ErrTooLong
	}
	if _, err := io.ReadFull(rand, m.id[:]); err != nil {
		return "", fmt.Errorf("codecrypt: read message id: %w", err)
	}
	aead, err := m.contentCipher(dataKey)
	if err != nil {
		return "", fmt.Errorf("codecrypt: derive content key: %w", err)
	}
	signed := m.body(m.header(aead), aead, []byte(plaintext))
	digest := sha512.Sum384(signed)
	signature, err := ecdsa.SignASN1(rand, signer, digest[:])
	if err != nil {
		return "", fmt.Errorf("codecrypt: sign message: %w", err)
	}
	return base64.StdEncoding.EncodeToString(appendField(signed, signature)), nil
}

// compressed encodes a public key as a compressed point: the sign of Y, then X.
func compressed(key *ecdsa.PublicKey) ([]byte, error) {
	point, err := key.Bytes() // 4, X, Y
	if err != nil {
		return nil, err
	}
	half := len(point) / 2
	return append([]byte{2 | point[len(point)-1]&1}, point[1:1+half]...), nil
}

// contentCipher derives the cipher of header and frames from the data key.
func (m *message) contentCipher(dataKey []byte) (cipher.AEAD, error) {
	info := append([]byte{suite >> 8, suite & 0xff}, m.id[:]...)
	key, err := hkdf.Key(sha512.New384, dataKey, nil, string(info), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
