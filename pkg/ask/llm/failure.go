package llm

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/boot"
)

// refusal returns the HTTP status that a client's error carries, 0 when there was
// none, and how long the vendor asks to wait.
func refusal(err error) (status int, wait time.Duration) {
	var a *anthropic.Error
	if errors.As(err, &a) {
		return a.StatusCode, retryAfter(a.Response)
	}
	var o *openai.Error
	if errors.As(err, &o) {
		return o.StatusCode, retryAfter(o.Response)
	}
	return 0, 0
}

// rejected marks an error that speaks against the key.
func rejected(err error) error {
	if status, _ := refusal(err); status == http.StatusUnauthorized {
		return fmt.Errorf("%w: %w", boot.ErrRejected, err)
	}
	return err
}

// failure turns a client's error into ours.
func failure(provider string, err error) error {
	status, wait := refusal(err)
	return &ask.UpstreamError{Provider: provider, Status: status, Retryable: retryable(status), RetryAfter: wait, Err: err}
}

// retryable reports whether another provider may do better. A request that was
// refused for what it is, or for who we are, is our defect and not an outage.
// Status 200 is an error inside a stream: an overload, most of the time.
func retryable(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestEntityTooLarge:
		return false
	}
	return true
}

func retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	n, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}
