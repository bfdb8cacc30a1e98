package awstest_test

import (
	"errors"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"

	"callanalyst/pkg/boot/awstest"
)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is an endpoint on a port with the settings of SDK clients for it.
type world struct {
	*awstest.Endpoint
	clock *clock
	sdk   aws.Config
}

func newWorld(t *testing.T) world {
	t.Helper()
	c := newClock()
	e := awstest.New(awstest.Config{Now: c.Now})
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	t.Cleanup(e.SNS.Wait)
	return world{Endpoint: e, clock: c, sdk: aws.Config{
		Region: "us-east-2", BaseEndpoint: aws.String(server.URL), HTTPClient: server.Client(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	}}
}

// codeOf returns the AWS error code of an SDK error; "" of nil.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("error %v is none of AWS", err)
	}
	return api.ErrorCode()
}

// check fails the test if a call that only prepares it fails.
func check[T any](out T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}
