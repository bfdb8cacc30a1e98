package codecrypt_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest/codecrypt"
	"callanalyst/pkg/boot/awstest"
)

const (
	keyID = "2f0f2a0e-5a59-4a0f-9d52-8a86a4b1a001"
	pool  = "us-east-2_Pool00001"
)

// The official SDK judges these messages in package emailcode. Here a reader
// written from the format's description looks at what that judge does not tell:
// the fields' exact values, frame by frame.

// parsed is a message taken apart.
type parsed struct {
	version, kind    byte
	suite            uint16
	id               []byte
	context          map[string]string
	providers        []string
	keyARN           string
	sealed           []byte
	contentType      byte
	nonceLength      byte
	frameLength      uint32
	header           []byte // up to the tag
	nonce, tag       []byte
	frames           []frame
	signed           []byte // all but the footer
	signature        []byte
	trailing, zeroes []byte
}

// frame is one frame of the body.
type frame struct {
	last     bool
	sequence uint32
	nonce    []byte
	content  []byte // with its tag
}

// reader reads the parts of a message.
type reader struct {
	tb testing.TB
	b  []byte
	at int
}

func (r *reader) take(n int) []byte {
	r.tb.Helper()
	if r.at+n > len(r.b) {
		r.tb.Fatalf("message ends at %d, %d bytes more are needed at %d", len(r.b), n, r.at)
	}
	r.at += n
	return r.b[r.at-n : r.at]
}
func (r *reader) u16() uint16   { return binary.BigEndian.Uint16(r.take(2)) }
func (r *reader) u32() uint32   { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) field() []byte { return r.take(int(r.u16())) }

// parse takes a message of version 1 apart.
func parse(tb testing.TB, raw []byte) parsed {
	tb.Helper()
	r := &reader{tb: tb, b: raw}
	p := parsed{version: r.take(1)[0], kind: r.take(1)[0], suite: r.u16(), id: r.take(16), context: map[string]string{}}
	made := &reader{tb: tb, b: r.field()}
	for range made.u16() {
		key := string(made.field())
		p.context[key] = string(made.field())
	}
	for range r.u16() {
		p.providers = append(p.providers, string(r.field()))
		p.keyARN, p.sealed = string(r.field()), r.field()
	}
	p.contentType, p.zeroes, p.nonceLength, p.frameLength = r.take(1)[0], r.take(4), r.take(1)[0], r.u32()
	p.header = raw[:r.at]
	p.nonce, p.tag = r.take(12), r.take(16)
	p.frames = r.frames(int(p.frameLength))
	p.signed = raw[:r.at]
	p.signature = r.field()
	p.trailing = raw[r.at:]
	return p
}

// frames reads the body.
func (r *reader) frames(size int) (all []frame) {
	r.tb.Helper()
	for {
		f := frame{sequence: r.u32()}
		if f.last = f.sequence == 0xffffffff; f.last {
			f.sequence = r.u32()
		}
		f.nonce = r.take(12)
		if f.last {
			size = int(r.u32())
		}
		f.content = r.take(size + 16)
		if all = append(all, f); f.last {
			return all
		}
	}
}

// open decrypts the body and checks every tag and the signature.
func (p parsed) open(tb testing.TB, dataKey []byte) string {
	tb.Helper()
	key, err := hkdf.Key(sha512.New384, dataKey, nil, string([]byte{3, 0x78})+string(p.id), 32)
	if err != nil {
		tb.Fatal(err)
	}
	block, _ := aes.NewCipher(key)
	aead, _ := cipher.NewGCM(block)
	if _, err := aead.Open(nil, p.nonce, p.tag, p.header); err != nil {
		tb.Errorf("header: %v", err)
	}
	var plain []byte
	for i, f := range p.frames {
		kind := "AWSKMSEncryptionClient Frame"
		if f.last {
			kind = "AWSKMSEncryptionClient Final Frame"
		}
		aad := append(bytes.Clone(p.id), kind...)
		aad = binary.BigEndian.AppendUint32(aad, uint32(i+1))
		aad = binary.BigEndian.AppendUint64(aad, uint64(len(f.content)-16))
		if plain, err = aead.Open(plain, f.nonce, f.content, aad); err != nil {
			tb.Errorf("frame %d: %v", i+1, err)
		}
	}
	digest := sha512.Sum384(p.signed)
	if !ecdsa.VerifyASN1(p.signer(tb), digest[:], p.signature) {
		tb.Error("the signature is not the signer's")
	}
	return string(plain)
}

// signer returns the public key in the encryption context.
func (p parsed) signer(tb testing.TB) *ecdsa.PublicKey {
	tb.Helper()
	point, err := base64.StdEncoding.DecodeString(p.context["aws-crypto-public-key"])
	if err != nil {
		tb.Fatal(err)
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P384(), point)
	if x == nil {
		tb.Fatalf("%x is no compressed point", point)
	}
	uncompressed := append([]byte{4}, x.FillBytes(make([]byte, 48))...)
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P384(), append(uncompressed, y.FillBytes(make([]byte, 48))...))
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// decode undoes base64.
func decode(tb testing.TB, code string) []byte {
	tb.Helper()
	raw, err := base64.StdEncoding.DecodeString(code)
	if err != nil {
		tb.Fatalf("%q is not standard base64: %v", code, err)
	}
	return raw
}

func TestEncryptWritesTheFormatOfCognito(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		plaintext string
		frames    int
	}{
		{name: "a code", plaintext: "123456", frames: 1},
		{name: "nothing", plaintext: "", frames: 1},
		{name: "a byte less than a frame", plaintext: strings.Repeat("a", 4095), frames: 1},
		{name: "a whole frame", plaintext: strings.Repeat("b", 4096), frames: 1},
		{name: "a byte more than a frame", plaintext: strings.Repeat("c", 4097), frames: 2},
		{name: "three frames", plaintext: strings.Repeat("d", 3*4096), frames: 3},
	}
	k := awstest.NewKMS(awstest.Config{})
	arn := k.AddKey(keyID, "")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, err := codecrypt.Encrypt(t.Context(), k.DataKeys(arn), pool, tt.plaintext, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(code, "AYAD") {
				t.Errorf("code begins %q, want AYAD", code[:4])
			}
			p := parse(t, decode(t, code))
			checkHeader(t, p, arn)
			key, err := k.Decrypt(t.Context(), awstest.DecryptInput{CiphertextBlob: p.sealed, EncryptionContext: p.context, KeyID: arn})
			if err != nil {
				t.Fatalf("the data key does not open under the message's own context: %v", err)
			}
			if got := p.open(t, key.Plaintext); got != tt.plaintext {
				t.Errorf("message opens to %d bytes, want %d", len(got), len(tt.plaintext))
			}
			checkFrames(t, p, tt.frames)
		})
	}
}

// checkHeader holds the header's fields against what Cognito writes.
func checkHeader(t *testing.T, p parsed, arn string) {
	t.Helper()
	got := map[string]any{
		"version": p.version, "type": p.kind, "suite": p.suite, "providers": p.providers, "key": p.keyARN, "pool": p.context["userpool-id"],
		"pairs": len(p.context), "content": p.contentType, "reserved": p.zeroes, "nonce length": p.nonceLength, "frame length": p.frameLength,
		"header nonce": p.nonce, "trailing": len(p.trailing),
	}
	want := map[string]any{
		"version": byte(1), "type": byte(0x80), "suite": uint16(0x0378), "providers": []string{"aws-kms"}, "key": arn, "pool": pool,
		"pairs": 2, "content": byte(2), "reserved": make([]byte, 4), "nonce length": byte(12), "frame length": uint32(4096),
		"header nonce": make([]byte, 12), "trailing": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
}

// checkFrames holds numbers and nonces of the frames against the format.
func checkFrames(t *testing.T, p parsed, n int) {
	t.Helper()
	if len(p.frames) != n {
		t.Errorf("%d frames, want %d", len(p.frames), n)
	}
	for i, f := range p.frames {
		nonce := binary.BigEndian.AppendUint32(make([]byte, 8), uint32(i+1))
		if f.sequence != uint32(i+1) || !bytes.Equal(f.nonce, nonce) || f.last != (i == n-1) {
			t.Errorf("frame %d: sequence %d, nonce %x, last %v", i+1, f.sequence, f.nonce, f.last)
		}
	}
}

func TestEncryptNeverRepeatsItself(t *testing.T) {
	t.Parallel()
	k := awstest.NewKMS(awstest.Config{})
	arn := k.AddKey(keyID, "")
	seen := map[string]string{}
	for range 20 {
		code, err := codecrypt.Encrypt(t.Context(), k.DataKeys(arn), pool, "123456", rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		p := parse(t, decode(t, code))
		for what, value := range map[string]string{"id": string(p.id), "sealed key": string(p.sealed), "public key": p.context["aws-crypto-public-key"], "content": string(p.frames[0].content)} {
			if seen[what+value] != "" {
				t.Errorf("two messages share their %s", what)
			}
			seen[what+value] = what
		}
	}
}

func TestEncryptByAKMSClient(t *testing.T) {
	t.Parallel()
	k := awstest.NewKMS(awstest.Config{})
	arn := k.AddKey(keyID, "alias/code")
	server := httptest.NewServer(k)
	defer server.Close()
	client := kms.New(kms.Options{Region: "us-east-2", BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")})
	code, err := codecrypt.Encrypt(t.Context(), codecrypt.KMSKey{Client: client, ID: "alias/code"}, pool, "123456", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, decode(t, code))
	checkHeader(t, p, arn)
	key, err := k.Decrypt(t.Context(), awstest.DecryptInput{CiphertextBlob: p.sealed, EncryptionContext: p.context})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.open(t, key.Plaintext); got != "123456" {
		t.Errorf("message opens to %q, want 123456", got)
	}
}

// fixed hands out one data key.
type fixed struct {
	arn, key string
	err      error
}

func (f fixed) DataKey(context.Context, map[string]string) (string, []byte, []byte, error) {
	return f.arn, []byte(f.key), []byte("sealed"), f.err
}

func TestEncryptRefuses(t *testing.T) {
	t.Parallel()
	errKMS := errors.New("KMS is down")
	long := strings.Repeat("x", 1<<16)
	tests := []struct {
		name string
		keys fixed
		pool string
		rand io.Reader
		want error
	}{
		{name: "no data key", keys: fixed{err: errKMS}, pool: pool, rand: rand.Reader, want: errKMS},
		{name: "no randomness", keys: fixed{key: strings.Repeat("k", 32)}, pool: pool, rand: strings.NewReader("short"), want: io.ErrUnexpectedEOF},
		{name: "a pool id without room", keys: fixed{key: strings.Repeat("k", 32)}, pool: long, rand: rand.Reader, want: codecrypt.ErrTooLong},
		{name: "a key ARN without room", keys: fixed{key: strings.Repeat("k", 32), arn: long}, pool: pool, rand: rand.Reader, want: codecrypt.ErrTooLong},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if code, err := codecrypt.Encrypt(t.Context(), tt.keys, tt.pool, "123456", tt.rand); !errors.Is(err, tt.want) {
				t.Errorf("Encrypt = %q, %v, want %v", code, err, tt.want)
			}
		})
	}
}

func BenchmarkEncrypt(b *testing.B) {
	k := awstest.NewKMS(awstest.Config{})
	keys := k.DataKeys(k.AddKey(keyID, ""))
	for b.Loop() {
		if _, err := codecrypt.Encrypt(b.Context(), keys, pool, "123456", rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}
