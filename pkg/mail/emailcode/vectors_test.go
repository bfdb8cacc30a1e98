package emailcode_test

import (
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/mail/emailcode"
)

//go:embed testdata/aws/commitment-test-vectors.json
var awsVectors []byte

//go:embed testdata/js/messages.json
var jsMessages []byte

// awsKeyARN is the public test key under which the official vectors were made.
const awsKeyARN = "arn:aws:kms:us-west-2:658956600833:key/b3537ef1-d8dc-4780-9f5a-55776cbb2f7f"

// awsVector is one official known answer.
type awsVector struct {
	Comment    string            `json:"comment"`
	Keyring    string            `json:"keyring-type"`
	Status     bool              `json:"status"`
	DataKey    []byte            `json:"decrypted-dek"`
	Context    map[string]string `json:"encryption-context"`
	Frames     []string          `json:"plaintext-frames"`
	Ciphertext string            `json:"ciphertext"`
}

// refused tells whether we must refuse a vector, be it valid or not: we take
// nothing but messages with one data key from KMS.
func (v awsVector) refused(t *testing.T) bool {
	t.Helper()
	return !v.Status || v.Keyring != "aws-kms" || dataKeys(t, v.Ciphertext) != 1
}

// dataKeys returns the number of data keys of a message of version 2: version,
// suite and a 32-byte id come before the context, and it comes after that.
func dataKeys(t *testing.T, ciphertext string) int {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(ciphertext)
	if err != nil {
		t.Fatal(err)
	}
	contextSize := int(raw[35])<<8 | int(raw[36])
	return int(raw[37+contextSize])<<8 | int(raw[38+contextSize])
}

func TestOfficialVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Tests []awsVector `json:"tests"`
	}
	if err := json.Unmarshal(awsVectors, &file); err != nil {
		t.Fatal(err)
	}
	accepted, rejected := 0, 0
	for _, v := range file.Tests {
		refused := v.refused(t)
		if refused {
			rejected++
		} else {
			accepted++
		}
		t.Run(v.Comment, func(t *testing.T) {
			t.Parallel()
			d := newDecrypter(t, client(t, recordedKMS{arn: awsKeyARN, dataKey: v.DataKey}), awsKeyARN, "")
			checkVector(t, d, v, refused)
		})
	}
	if accepted < 15 || rejected < 5 {
		t.Errorf("the file has %d vectors to accept and %d to refuse, want at least 15 and 5", accepted, rejected)
	}
}

// checkVector holds one vector against its known answer.
func checkVector(t *testing.T, d *emailcode.Decrypter, v awsVector, refused bool) {
	t.Helper()
	got, made, err := d.Open(t.Context(), v.Ciphertext)
	if refused {
		if !errors.Is(err, emailcode.ErrRefused) {
			t.Errorf("Open = %q, %v, want ErrRefused", got, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	if want := strings.Join(v.Frames, ""); got != want {
		t.Errorf("Open = %q, want %q", got, want)
	}
	if diff := cmp.Diff(v.Context, made); diff != "" {
		t.Errorf("encryption context (-want +got):\n%s", diff)
	}
	if got, err := d.Decrypt(t.Context(), pool, v.Ciphertext); !errors.Is(err, emailcode.ErrPool) {
		t.Errorf("Decrypt of a message of no pool = %q, %v, want ErrPool", got, err)
	}
}

// TestOfficialVectorsNeedTheirDataKey shows that the vectors test something:
// under another data key every one of them is refused.
func TestOfficialVectorsNeedTheirDataKey(t *testing.T) {
	t.Parallel()
	var file struct {
		Tests []awsVector `json:"tests"`
	}
	if err := json.Unmarshal(awsVectors, &file); err != nil {
		t.Fatal(err)
	}
	d := newDecrypter(t, client(t, recordedKMS{arn: awsKeyARN, dataKey: make([]byte, 32)}), awsKeyARN, "")
	for _, v := range file.Tests {
		if v.refused(t) {
			continue
		}
		if got, _, err := d.Open(t.Context(), v.Ciphertext); !errors.Is(err, emailcode.ErrRefused) {
			t.Errorf("%s: Open under another data key = %q, %v, want ErrRefused", v.Comment, got, err)
		}
	}
}

// jsMessage is one message made by the official SDK for JavaScript.
type jsMessage struct {
	Name      string `json:"name"`
	Pool      string `json:"pool"`
	Plaintext string `json:"plaintext"`
	KeyARN    string `json:"key_arn"`
	DataKey   []byte `json:"data_key"`
	SealedKey []byte `json:"sealed_key"`
	Code      string `json:"code"`
	Refused   bool   `json:"refused"`
}

func TestMessagesOfTheJavaScriptSDK(t *testing.T) {
	t.Parallel()
	var messages []jsMessage
	if err := json.Unmarshal(jsMessages, &messages); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			kms := client(t, recordedKMS{arn: m.KeyARN, sealed: m.SealedKey, dataKey: m.DataKey})
			got, err := newDecrypter(t, kms, m.KeyARN, m.Pool).Decrypt(t.Context(), m.Pool, m.Code)
			if m.Refused {
				if !errors.Is(err, emailcode.ErrRefused) {
					t.Errorf("Decrypt = %q, %v, want ErrRefused", got, err)
				}
				return
			}
			if err != nil || got != m.Plaintext {
				t.Errorf("Decrypt = %q, %v, want %q", got, err, m.Plaintext)
			}
			if got, err := newDecrypter(t, kms, m.KeyARN, "").Decrypt(t.Context(), other, m.Code); !errors.Is(err, emailcode.ErrPool) {
				t.Errorf("Decrypt for another pool = %q, %v, want ErrPool", got, err)
			}
		})
	}
}
