package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// lambda invokes functions. It is the one call that is needed of the Lambda API.
type lambda struct {
	http        *http.Client
	endpoint    string
	region      string
	prefix      string
	credentials aws.CredentialsProvider
	now         func() time.Time
}

// failure is a function's own error: its message is a code of the fleet.
type failure struct{ code string }

// Error implements error.
func (f failure) Error() string { return f.code }

// refusal is Lambda's error.
type refusal struct {
	status int
	kind   string
	text   string
}

// Error implements error.
func (r refusal) Error() string {
	return fmt.Sprintf("lambda answered %d %s: %s", r.status, r.kind, r.text)
}

// retry reports whether the same call may work later.
func (r refusal) retry() bool {
	return r.status == http.StatusTooManyRequests || r.status >= http.StatusInternalServerError
}

// maxPayload is more than Lambda answers.
const maxPayload = 7 << 20

// invoke runs the function and decodes what it answers into out.
func (l *lambda) invoke(ctx context.Context, function string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode the event: %w", err)
	}
	address := strings.TrimRight(l.endpoint, "/") + "/2015-03-31/functions/" + url.PathEscape(l.prefix+function) + "/invocations"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("address of the Lambda API: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if err := l.sign(ctx, req, body); err != nil {
		return err
	}
	resp, err := l.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	payload, err := io.ReadAll(io.LimitReader(resp.Body, maxPayload))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", function, err)
	}
	return read(resp, function, payload, out)
}

func (l *lambda) sign(ctx context.Context, req *http.Request, body []byte) error {
	c, err := l.credentials.Retrieve(ctx)
	if err != nil {
		return fmt.Errorf("no AWS credentials; sign in with the aws command, or use -local for this machine's fleet: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, c, req, hex.EncodeToString(sum[:]), "lambda", l.region, l.now()); err != nil {
		return fmt.Errorf("sign the call: %w", err)
	}
	return nil
}

// read tells Lambda's refusal, the function's failure and its answer apart.
func read(resp *http.Response, function string, payload []byte, out any) error {
	var said struct {
		Error   string `json:"errorMessage"`
		Message string `json:"message"`
		Upper   string `json:"Message"`
	}
	switch {
	case resp.StatusCode/100 != 2:
		_ = json.Unmarshal(payload, &said)
		return refusal{status: resp.StatusCode, kind: resp.Header.Get("X-Amzn-Errortype"), text: said.Message + said.Upper}
	case resp.Header.Get("X-Amz-Function-Error") != "":
		_ = json.Unmarshal(payload, &said)
		return failure{code: said.Error}
	}
	if err := json.Unmarshal(payload, out); err != nil {
		return fmt.Errorf("the answer of %s is not a report: %w", function, err)
	}
	return nil
}
