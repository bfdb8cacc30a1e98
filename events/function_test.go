package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
)

// TestMain makes the test binary a function where it is run as one, so that the
// tests replay events through real processes of themselves.
func TestMain(m *testing.M) {
	if behave, ok := behaviours[os.Getenv("BEHAVIOUR")]; ok {
		behave()
		return
	}
	os.Exit(m.Run())
}

// behaviours are the functions that the tests replay.
var behaviours = map[string]func(){
	"echo":   func() { lambda.Start(func(in json.RawMessage) (json.RawMessage, error) { return in, nil }) },
	"fail":   func() { lambda.Start(func() error { return errors.New("TOS_NOT_ACCEPTED") }) },
	"calls":  func() { lambda.Start(makeCalls) },
	"stream": func() { lambda.Start(stream) },
	"fickle": func() {
		n := 0
		lambda.Start(func() (int, error) { n++; return n, nil })
	},
}

// makeCalls writes a row, then calls Stripe and reads a row side by side.
func makeCalls(ctx context.Context) (string, error) {
	db := dynamotest.NewClient(os.Getenv("AWS_ENDPOINT_URL"))
	key := map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: "u1"}}
	if _, err := db.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("profiles"), Item: key}); err != nil {
		return "", err
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = createCustomer(ctx) })
	wg.Go(func() {
		_, _ = db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String("profiles"), Key: key})
	})
	wg.Wait()
	return "done", nil
}

func createCustomer(ctx context.Context) error {
	form := url.Values{"email": {"a@example.com"}, "metadata[at]": {fmt.Sprint(time.Now().Unix())}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, os.Getenv("STRIPE_API_BASE")+"/v1/customers", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer sk_test_callanalyst")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := new(http.Client).Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// stream writes one piece, asks the test whether it was seen, and only then
// writes the other.
func stream(ctx context.Context) (io.Reader, error) {
	r, w := io.Pipe()
	go func() {
		_, _ = io.WriteString(w, "data: one\n\n")
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, os.Getenv("SEEN"), nil)
		if err == nil {
			if resp, err := new(http.Client).Do(req); err == nil {
				_ = resp.Body.Close()
			}
		}
		_, _ = io.WriteString(w, "data: two\n\n")
		_ = w.Close()
	}()
	return r, nil
}

// poolKeys makes the keys that all tests share: making them is slow.
var poolKeys = sync.OnceValues(keys.Generate)

// testReplayer replays through this test binary, behaving so.
func testReplayer(t *testing.T, behaviour string, more ...string) *replayer {
	t.Helper()
	set, err := poolKeys()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &replayer{
		root: dynamotest.Root(t), keys: set, binaries: map[string]string{"f": binary},
		env: append(more, "BEHAVIOUR="+behaviour),
		find: func(name string) (fleet.Function, bool) {
			return fleet.Function{
				Name: name, Timeout: 20 * time.Second, MemoryMB: 128, Settings: []string{"STRIPE_API_BASE"},
				Trigger: fleet.Trigger{Stream: behaviour == "stream"},
			}, true
		},
	}
}

// writeSample writes a sample's files and returns it. The texts are those of
// the event and its golden; "" writes none.
func writeSample(t *testing.T, event, golden string) sample {
	t.Helper()
	s := sample{function: "f", name: "case", dir: t.TempDir()}
	for path, text := range map[string]string{s.eventFile(): event, s.goldenFile(): golden} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s
}
