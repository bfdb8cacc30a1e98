package emailcode_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"callanalyst/pkg/mail/emailcode"
)

func TestDecryptRefusesAnyChangedByte(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	d := decrypter(t, k, arn, pool)
	raw, err := base64.StdEncoding.DecodeString(encrypt(t, k.DataKeys(arn), pool, "123456"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		changed := slices.Clone(raw)
		changed[i] ^= 1 << (i % 8)
		got, err := d.Decrypt(t.Context(), pool, base64.StdEncoding.EncodeToString(changed))
		if !errors.Is(err, emailcode.ErrRefused) {
			t.Errorf("byte %d of %d changed: Decrypt = %q, %v, want ErrRefused", i, len(raw), got, err)
		}
	}
}

func TestDecryptRefusesACutMessage(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	d := decrypter(t, k, arn, pool)
	raw, err := base64.StdEncoding.DecodeString(encrypt(t, k.DataKeys(arn), pool, "123456"))
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(raw); n++ {
		got, err := d.Decrypt(t.Context(), pool, base64.StdEncoding.EncodeToString(raw[:n]))
		if !errors.Is(err, emailcode.ErrRefused) {
			t.Errorf("cut to %d of %d bytes: Decrypt = %q, %v, want ErrRefused", n, len(raw), got, err)
		}
	}
}

// FuzzDecrypt looks for text that makes the decrypter panic, or that it takes
// for a code although it is not the one that was made. The message is a fixed
// one, since each fuzzing process runs this anew.
func FuzzDecrypt(f *testing.F) {
	var messages []jsMessage
	if err := json.Unmarshal(jsMessages, &messages); err != nil {
		f.Fatal(err)
	}
	m := messages[0]
	d := newDecrypter(f, client(f, recordedKMS{arn: m.KeyARN, sealed: m.SealedKey, dataKey: m.DataKey}), m.KeyARN, m.Pool)
	made, err := base64.StdEncoding.DecodeString(m.Code)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(made)
	f.Add(made[:len(made)/2])
	f.Add([]byte("\x02\x05\x78"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, err := d.Decrypt(t.Context(), m.Pool, base64.StdEncoding.EncodeToString(raw))
		if err == nil && !slices.Equal(raw, made) {
			t.Errorf("Decrypt took %x and gave %q", raw, got)
		}
	})
}
