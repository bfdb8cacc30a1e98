package emailcode

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// sample is a message like Cognito's, made by another SDK (testdata/NOTICE), and
// the data key that opens it. It protects nothing.
//
//go:embed sample.json
var sample []byte

// Warm decrypts a built-in message once, without a network: the SDKs pay for
// their first use then, in the init phase, and not in the first event's time.
// An error means that this build cannot decrypt anything.
func Warm(ctx context.Context) error {
	var s struct {
		Pool      string `json:"pool"`
		Plaintext string `json:"plaintext"`
		KeyARN    string `json:"key_arn"`
		DataKey   []byte `json:"data_key"`
		Code      string `json:"code"`
	}
	if err := json.Unmarshal(sample, &s); err != nil {
		return fmt.Errorf("emailcode: read sample: %w", err)
	}
	answer, err := json.Marshal(map[string]any{"KeyId": s.KeyARN, "Plaintext": s.DataKey})
	if err != nil {
		return fmt.Errorf("emailcode: write sample's answer: %w", err)
	}
	d, err := New(kms.New(kms.Options{
		Region: "us-east-2", HTTPClient: canned(answer), BaseEndpoint: aws.String("https://kms.invalid"),
		Credentials: credentials.NewStaticCredentialsProvider("warm", "warm", ""),
	}), s.KeyARN, s.Pool)
	if err != nil {
		return err
	}
	got, err := d.Decrypt(ctx, s.Pool, s.Code)
	if err != nil {
		return fmt.Errorf("emailcode: open sample: %w", err)
	}
	if got != s.Plaintext {
		return errors.New("emailcode: the sample opens to another text")
	}
	return nil
}

// canned is a KMS that answers every call alike.
type canned []byte

// Do implements the SDK's HTTP client.
func (c canned) Do(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}},
		Body: io.NopCloser(bytes.NewReader(c)), Request: r,
	}, nil
}
