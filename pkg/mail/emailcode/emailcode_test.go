package emailcode_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/mail/emailcode"
)

func TestDecryptReadsWhatCognitoSends(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	d := decrypter(t, k, arn, pool)
	tests := []struct{ name, plaintext string }{
		{name: "a six-digit code", plaintext: "123456"},
		{name: "an eight-digit code", plaintext: "00000001"},
		{name: "an escaped temporary password stays escaped", plaintext: "&lt;Tmp&gt;&amp;9xA!"},
		{name: "nothing at all", plaintext: ""},
		{name: "text of one whole frame", plaintext: strings.Repeat("x", 4096)},
		{name: "other alphabets", plaintext: "пароль-密碼"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code := encrypt(t, k.DataKeys(arn), pool, tt.plaintext)
			got, err := d.Decrypt(t.Context(), pool, code)
			if err != nil {
				t.Fatalf("Decrypt(%q): %v", code, err)
			}
			if got != tt.plaintext {
				t.Errorf("Decrypt = %q, want %q", got, tt.plaintext)
			}
		})
	}
}

func TestDecryptChecksThePool(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	tests := []struct {
		name       string
		configured string
		event      string
		message    string
		want       error
	}{
		{name: "all three agree", configured: pool, event: pool, message: pool},
		{name: "no pool is configured", event: pool, message: pool},
		{name: "the message is another pool's", event: pool, message: other, want: emailcode.ErrPool},
		{name: "the event lies about the pool", configured: pool, event: pool, message: other, want: emailcode.ErrPool},
		{name: "event and message agree on a foreign pool", configured: pool, event: other, message: other, want: emailcode.ErrPool},
		{name: "the event names no pool", event: "", message: pool, want: emailcode.ErrPool},
		{name: "neither names a pool", event: "", message: "", want: emailcode.ErrPool},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code := encrypt(t, k.DataKeys(arn), tt.message, "123456")
			got, err := decrypter(t, k, arn, tt.configured).Decrypt(t.Context(), tt.event, code)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Decrypt with pools %q, %q, %q: error = %v, want %v", tt.configured, tt.event, tt.message, err, tt.want)
			}
			if tt.want != nil && got != "" {
				t.Errorf("Decrypt gave %q beside its refusal", got)
			}
		})
	}
}

func TestDecryptRefusesWhatIsNoCode(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	d := decrypter(t, k, arn, pool)
	valid := encrypt(t, k.DataKeys(arn), pool, "123456")
	blob, err := k.Encrypt(t.Context(), awstest.EncryptInput{KeyID: arn, Plaintext: []byte("123456"), EncryptionContext: map[string]string{"userpool-id": pool}})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, code string
		want       error
	}{
		{name: "nothing", code: "", want: emailcode.ErrMalformed},
		{name: "a code in the clear", code: "12345", want: emailcode.ErrMalformed},
		{name: "base64 of the URL alphabet", code: "AYAD-_==", want: emailcode.ErrMalformed},
		{name: "more than any code", code: strings.Repeat("A", 8<<10+4), want: emailcode.ErrMalformed},
		{name: "base64 of nothing known", code: "AAAA", want: emailcode.ErrRefused},
		{name: "what KMS itself encrypts", code: base64.StdEncoding.EncodeToString(blob.CiphertextBlob), want: emailcode.ErrRefused},
		{name: "two codes in a row", code: join(t, valid, valid), want: emailcode.ErrRefused},
		{name: "a code with a byte behind it", code: join(t, valid, "AA=="), want: emailcode.ErrRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got, err := d.Decrypt(t.Context(), pool, tt.code); !errors.Is(err, tt.want) {
				t.Errorf("Decrypt = %q, %v, want %v", got, err, tt.want)
			}
		})
	}
}

// join returns the base64 of the parts' bytes in a row.
func join(tb testing.TB, parts ...string) string {
	tb.Helper()
	var all []byte
	for _, p := range parts {
		raw, err := base64.StdEncoding.DecodeString(p)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, raw...)
	}
	return base64.StdEncoding.EncodeToString(all)
}

func TestDecryptRefusesAnotherKey(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	foreign := k.AddKey("2f0f2a0e-5a59-4a0f-9d52-8a86a4b1a002", "")
	code := encrypt(t, k.DataKeys(foreign), pool, "123456")

	got, err := decrypter(t, k, arn, pool).Decrypt(t.Context(), pool, code)

	if !errors.Is(err, emailcode.ErrRefused) {
		t.Errorf("Decrypt of a code under another key = %q, %v, want ErrRefused", got, err)
	}
}

func TestNewRefusesWhatIsNoKeyARN(t *testing.T) {
	t.Parallel()
	for _, arn := range []string{"", "alias/", "arn:aws:kms:us-east-2"} {
		if _, err := emailcode.New(client(t, http.NotFoundHandler()), arn, pool); err == nil {
			t.Errorf("New(%q) gave no error", arn)
		}
	}
}

func TestDecryptTellsKMSTroubleFromABadCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		code string
		want error
	}{
		{name: "access is denied", code: "AccessDeniedException", want: emailcode.ErrUnavailable},
		{name: "KMS throttles", code: "ThrottlingException", want: emailcode.ErrUnavailable},
		{name: "the key is disabled", code: "DisabledException", want: emailcode.ErrUnavailable},
		{name: "KMS fails", code: "KMSInternalException", want: emailcode.ErrUnavailable},
		{name: "KMS refuses the sealed key", code: "InvalidCiphertextException", want: emailcode.ErrRefused},
		{name: "KMS knows another key", code: "IncorrectKeyException", want: emailcode.ErrRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			k, arn := newKMS(t)
			code := encrypt(t, k.DataKeys(arn), pool, "123456")
			k.Faults.Fail("Decrypt", -1, &awstest.Error{Code: tt.code, Message: "told to"})
			if got, err := decrypter(t, k, arn, pool).Decrypt(t.Context(), pool, code); !errors.Is(err, tt.want) {
				t.Errorf("Decrypt while KMS answers %s = %q, %v, want %v", tt.code, got, err, tt.want)
			}
		})
	}
}

func TestDecryptEndsWithItsContext(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	code := encrypt(t, k.DataKeys(arn), pool, "123456")
	k.Faults.Delay("Decrypt", time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()

	got, err := decrypter(t, k, arn, pool).Decrypt(ctx, pool, code)

	if !errors.Is(err, emailcode.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Decrypt with a KMS that hangs = %q, %v, want ErrUnavailable by the deadline", got, err)
	}
}

func TestErrorsKeepTheCodeSecret(t *testing.T) {
	t.Parallel()
	k, arn := newKMS(t)
	d := decrypter(t, k, arn, pool)
	const secret = "Secret-Passw0rd"
	code := encrypt(t, k.DataKeys(arn), pool, secret)
	foreign := encrypt(t, k.DataKeys(arn), other, secret)
	for name, try := range map[string]string{
		"other pool": foreign, "not base64": code + "!", "cut": code[:len(code)-8],
		"changed": code[:100] + "AAAA" + code[104:],
	} {
		_, err := d.Decrypt(t.Context(), pool, try)
		if err == nil {
			t.Errorf("%s: Decrypt gave no error", name)
			continue
		}
		if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, try[:20]) || strings.Contains(text, "AYAD") {
			t.Errorf("%s: error %q tells the code", name, text)
		}
	}
}

// TestWarm needs no KMS: the sample's address leads nowhere.
func TestWarm(t *testing.T) {
	t.Parallel()
	if err := emailcode.Warm(t.Context()); err != nil {
		t.Error(err)
	}
}

func BenchmarkDecrypt(b *testing.B) {
	k, arn := newKMS(b)
	d := decrypter(b, k, arn, pool)
	code := encrypt(b, k.DataKeys(arn), pool, "123456")
	for b.Loop() {
		if _, err := d.Decrypt(b.Context(), pool, code); err != nil {
			b.Fatal(err)
		}
	}
}
