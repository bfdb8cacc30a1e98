package awstest

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
)

// A ciphertext blob is: version, key id, a zero byte, nonce, sealed bytes. The
// encryption context is the additional data.
const blobVersion = 1

// maxPlaintext is KMS's limit for Encrypt, in bytes.
const maxPlaintext = 4096

// EncryptInput asks to encrypt up to 4096 bytes.
type EncryptInput struct {
	KeyID             string `json:"KeyId"`
	Plaintext         []byte
	EncryptionContext map[string]string
}

// EncryptOutput is the blob and the ARN of the key that made it.
type EncryptOutput struct {
	KeyID               string `json:"KeyId"`
	CiphertextBlob      []byte
	EncryptionAlgorithm string
}

// Encrypt seals the plaintext under the key, bound to the context.
func (k *KMS) Encrypt(_ context.Context, in EncryptInput) (EncryptOutput, error) {
	if len(in.Plaintext) == 0 || len(in.Plaintext) > maxPlaintext {
		return EncryptOutput{}, refuse("ValidationException", "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length between 1 and %d", maxPlaintext)
	}
	arn, blob, err := k.seal(in.KeyID, in.Plaintext, in.EncryptionContext)
	if err != nil {
		return EncryptOutput{}, err
	}
	return EncryptOutput{KeyID: arn, CiphertextBlob: blob, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"}, nil
}

// DecryptInput asks to open a blob; KeyID is optional.
type DecryptInput struct {
	CiphertextBlob    []byte
	EncryptionContext map[string]string
	KeyID             string `json:"KeyId"`
}

// DecryptOutput is the plaintext and the ARN of the key that sealed it.
type DecryptOutput struct {
	KeyID               string `json:"KeyId"`
	Plaintext           []byte
	EncryptionAlgorithm string
}

// Decrypt opens a blob. A changed blob or context is refused with
// InvalidCiphertextException, another key than the blob's with
// IncorrectKeyException.
func (k *KMS) Decrypt(_ context.Context, in DecryptInput) (DecryptOutput, error) {
	arn, plain, err := k.open(in.KeyID, in.CiphertextBlob, in.EncryptionContext)
	if err != nil {
		return DecryptOutput{}, err
	}
	return DecryptOutput{KeyID: arn, Plaintext: plain, EncryptionAlgorithm: "SYMMETRIC_DEFAULT"}, nil
}

// ReEncryptInput asks to move a blob from one key and context to another.
type ReEncryptInput struct {
	CiphertextBlob               []byte
	SourceEncryptionContext      map[string]string
	SourceKeyID                  string `json:"SourceKeyId"`
	DestinationKeyID             string `json:"DestinationKeyId"`
	DestinationEncryptionContext map[string]string
}

// ReEncryptOutput is the new blob and both keys' ARNs.
type ReEncryptOutput struct {
	CiphertextBlob                 []byte
	SourceKeyID                    string `json:"SourceKeyId"`
	KeyID                          string `json:"KeyId"`
	SourceEncryptionAlgorithm      string
	DestinationEncryptionAlgorithm string
}

// ReEncrypt opens a blob and seals it anew; the plaintext stays inside.
func (k *KMS) ReEncrypt(_ context.Context, in ReEncryptInput) (ReEncryptOutput, error) {
	source, plain, err := k.open(in.SourceKeyID, in.CiphertextBlob, in.SourceEncryptionContext)
	if err != nil {
		return ReEncryptOutput{}, err
	}
	arn, blob, err := k.seal(in.DestinationKeyID, plain, in.DestinationEncryptionContext)
	if err != nil {
		return ReEncryptOutput{}, err
	}
	return ReEncryptOutput{
		CiphertextBlob: blob, SourceKeyID: source, KeyID: arn,
		SourceEncryptionAlgorithm: "SYMMETRIC_DEFAULT", DestinationEncryptionAlgorithm: "SYMMETRIC_DEFAULT",
	}, nil
}

// DataKeyInput asks for a data key: KeySpec AES_256 or AES_128, or a number
// of bytes from 1 to 1024.
type DataKeyInput struct {
	KeyID             string `json:"KeyId"`
	KeySpec           string
	NumberOfBytes     int
	EncryptionContext map[string]string
}

// DataKeyOutput is a data key, plain and sealed.
type DataKeyOutput struct {
	KeyID          string `json:"KeyId"`
	Plaintext      []byte `json:",omitempty"`
	CiphertextBlob []byte
}

// GenerateDataKey makes random key bytes and seals them under the key.
func (k *KMS) GenerateDataKey(_ context.Context, in DataKeyInput) (DataKeyOutput, error) {
	size, err := in.size()
	if err != nil {
		return DataKeyOutput{}, err
	}
	plain, err := k.cfg.bytes(size)
	if err != nil {
		return DataKeyOutput{}, err
	}
	arn, blob, err := k.seal(in.KeyID, plain, in.EncryptionContext)
	if err != nil {
		return DataKeyOutput{}, err
	}
	return DataKeyOutput{KeyID: arn, Plaintext: plain, CiphertextBlob: blob}, nil
}

// size returns the data key's length in bytes.
func (in DataKeyInput) size() (int, error) {
	switch {
	case in.KeySpec == "AES_256" && in.NumberOfBytes == 0:
		return 32, nil
	case in.KeySpec == "AES_128" && in.NumberOfBytes == 0:
		return 16, nil
	case in.KeySpec == "" && in.NumberOfBytes >= 1 && in.NumberOfBytes <= 1024:
		return in.NumberOfBytes, nil
	}
	return 0, refuse("ValidationException", "Please specify either number of bytes or key spec.")
}

// GenerateDataKeyWithoutPlaintext is GenerateDataKey that keeps the plain key.
func (k *KMS) GenerateDataKeyWithoutPlaintext(ctx context.Context, in DataKeyInput) (DataKeyOutput, error) {
	out, err := k.GenerateDataKey(ctx, in)
	out.Plaintext = nil
	return out, err
}

// DataKeys makes 32-byte data keys under one key. Make it with KMS.DataKeys.
type DataKeys struct {
	kms   *KMS
	keyID string
}

// DataKeys returns the source of data keys under the key so named.
func (k *KMS) DataKeys(keyID string) DataKeys { return DataKeys{kms: k, keyID: keyID} }

// DataKey returns the key's ARN and a fresh 32-byte data key, plain and
// sealed under that key and the encryption context.
func (d DataKeys) DataKey(ctx context.Context, encryptionContext map[string]string) (keyARN string, plaintext, sealed []byte, err error) {
	out, err := d.kms.GenerateDataKey(ctx, DataKeyInput{KeyID: d.keyID, KeySpec: "AES_256", EncryptionContext: encryptionContext})
	return out.KeyID, out.Plaintext, out.CiphertextBlob, err
}

// seal encrypts under a named key and returns its ARN and the blob.
func (k *KMS) seal(name string, plain []byte, context map[string]string) (string, []byte, error) {
	k.mu.Lock()
	key, err := k.usable(name)
	k.mu.Unlock()
	if err != nil {
		return "", nil, err
	}
	aead, err := k.aead(key.ID)
	if err != nil {
		return "", nil, err
	}
	nonce, err := k.cfg.bytes(aead.NonceSize())
	if err != nil {
		return "", nil, err
	}
	blob := append([]byte{blobVersion}, key.ID...)
	blob = append(append(blob, 0), nonce...)
	return k.arn(key.ID), aead.Seal(blob, nonce, plain, contextBytes(context)), nil
}

// open decrypts a blob and returns the ARN of its key.
func (k *KMS) open(name string, blob []byte, context map[string]string) (string, []byte, error) {
	id, sealed, ok := splitBlob(blob)
	if !ok {
		return "", nil, &Error{Code: "InvalidCiphertextException"}
	}
	if err := k.allowed(name, id); err != nil {
		return "", nil, err
	}
	aead, err := k.aead(id)
	if err != nil {
		return "", nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return "", nil, &Error{Code: "InvalidCiphertextException"}
	}
	nonce, sealed := sealed[:aead.NonceSize()], sealed[aead.NonceSize():]
	plain, err := aead.Open(nil, nonce, sealed, contextBytes(context))
	if err != nil {
		return "", nil, &Error{Code: "InvalidCiphertextException"}
	}
	return k.arn(id), plain, nil
}

// allowed tells whether a blob of the key id may be opened under the name.
func (k *KMS) allowed(name, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if name != "" {
		key, err := k.usable(name)
		if err != nil {
			return err
		}
		if key.ID != id {
			return refuse("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
		}
	}
	if _, ok := k.keys[id]; !ok {
		return &Error{Code: "InvalidCiphertextException"}
	}
	_, err := k.usable(id)
	return err
}

// splitBlob parts a blob into its key id and the rest.
func splitBlob(blob []byte) (id string, rest []byte, ok bool) {
	if len(blob) == 0 || blob[0] != blobVersion {
		return "", nil, false
	}
	name, rest, ok := bytes.Cut(blob[1:], []byte{0})
	return string(name), rest, ok
}

// aead derives the key's cipher from the seed.
func (k *KMS) aead(id string) (cipher.AEAD, error) {
	material, err := hkdf.Key(sha256.New, []byte(k.cfg.Seed), nil, "kms key "+id, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(material)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// contextBytes writes an encryption context so that equal contexts, and only
// they, give equal bytes.
func contextBytes(context map[string]string) []byte {
	var b []byte
	for _, k := range slices.Sorted(maps.Keys(context)) {
		b = binary.BigEndian.AppendUint64(b, uint64(len(k)))
		b = append(b, k...)
		b = binary.BigEndian.AppendUint64(b, uint64(len(context[k])))
		b = append(b, context[k]...)
	}
	return b
}
