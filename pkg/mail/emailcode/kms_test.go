package emailcode_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"callanalyst/pkg/auth/cognitotest/codecrypt"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/mail/emailcode"
)

const (
	pool  = "us-east-2_Pool00001"
	other = "us-east-2_Pool00002"
	keyID = "2f0f2a0e-5a59-4a0f-9d52-8a86a4b1a001"
)

// client returns a KMS client of whatever handler plays KMS.
func client(tb testing.TB, h http.Handler) *kms.Client {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return kms.New(kms.Options{
		Region: "us-east-2", BaseEndpoint: aws.String(server.URL), HTTPClient: server.Client(),
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""), RetryMaxAttempts: 1,
	})
}

// decrypter returns a Decrypter of the key over the stand-in KMS.
func decrypter(tb testing.TB, k *awstest.KMS, arn, poolID string) *emailcode.Decrypter {
	tb.Helper()
	return newDecrypter(tb, client(tb, k), arn, poolID)
}

func newDecrypter(tb testing.TB, c *kms.Client, arn, poolID string) *emailcode.Decrypter {
	tb.Helper()
	d, err := emailcode.New(c, arn, poolID)
	if err != nil {
		tb.Fatalf("New(%q): %v", arn, err)
	}
	return d
}

// newKMS returns the stand-in with one key.
func newKMS(tb testing.TB) (*awstest.KMS, string) {
	tb.Helper()
	k := awstest.NewKMS(awstest.Config{})
	return k, k.AddKey(keyID, "")
}

// encrypt returns plaintext as Cognito sends it.
func encrypt(tb testing.TB, keys codecrypt.DataKeys, poolID, plaintext string) string {
	tb.Helper()
	code, err := codecrypt.Encrypt(tb.Context(), keys, poolID, plaintext, rand.Reader)
	if err != nil {
		tb.Fatalf("Encrypt: %v", err)
	}
	return code
}

// recordedKMS plays KMS for one recorded data key: it opens the sealed key
// that the recording has, under the key that the recording names.
type recordedKMS struct {
	arn     string
	sealed  []byte // nil opens anything
	dataKey []byte
}

// ServeHTTP answers Decrypt.
func (k recordedKMS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct {
		KeyID          string `json:"KeyId"`
		CiphertextBlob []byte
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if in.KeyID != k.arn || (k.sealed != nil && string(in.CiphertextBlob) != string(k.sealed)) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"__type":"InvalidCiphertextException"}`)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"KeyId": k.arn, "Plaintext": k.dataKey})
}
