package runtimeapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// TestMain makes the test binary a Lambda function where it is run as one:
// the tests host real processes of themselves.
func TestMain(m *testing.M) {
	if behave, ok := behaviours[os.Getenv("BEHAVIOUR")]; ok {
		behave()
		return
	}
	os.Exit(m.Run())
}

type object = map[string]any

// behaviours are the functions that the tests run.
var behaviours = map[string]func(){
	"echo":    func() { lambda.Start(echo) },
	"env":     func() { lambda.Start(func() ([]string, error) { return os.Environ(), nil }) },
	"context": func() { lambda.Start(describe) },
	"print": func() {
		fmt.Println("from init")
		lambda.Start(func(in object) error {
			fmt.Println("to stdout")
			fmt.Fprintln(os.Stderr, "to stderr")
			fmt.Print("unfinished")
			return nil
		})
	},
	"error": func() { lambda.Start(func() error { return errors.New("TOS_NOT_ACCEPTED") }) },
	"panic": func() { lambda.Start(func() error { panic(errors.New("out of cheese")) }) },
	"exit":  func() { lambda.Start(func() error { os.Exit(2); return nil }) },
	"exit0": func() { lambda.Start(func() error { syscall.Exit(0); return nil }) },
	"hang": func() {
		lambda.Start(func(context.Context) error { select {} })
	},
	"big":       func() { lambda.Start(func(n int) (string, error) { return strings.Repeat("a", n-2), nil }) },
	"init-exit": func() { fmt.Fprintln(os.Stderr, "config is missing"); os.Exit(3) },
	"init-hang": func() { select {} },
	"init-post": func() {
		url := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/init/error"
		_, _ = http.Post(url, "application/json", strings.NewReader(`{"errorType":"Config","errorMessage":"TABLE_BOTS is missing"}`))
		os.Exit(1)
	},
	"stream":  func() { lambda.Start(stream) },
	"fork":    func() { lambda.Start(fork) },
	"sigterm": func() { lambda.StartWithOptions(echo, lambda.WithEnableSIGTERM(sayGoodbye)) },
	"call":    func() { lambda.Start(call) },
}

func echo(in json.RawMessage) (object, error) {
	return object{"pid": os.Getpid(), "event": in}, nil
}

func describe(ctx context.Context) (object, error) {
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return object{
		"arn": lc.InvokedFunctionArn, "id": lc.AwsRequestID, "left": time.Until(deadline).Seconds(),
		"trace": os.Getenv("_X_AMZN_TRACE_ID"), "custom": lc.ClientContext.Custom,
	}, nil
}

// sayGoodbye proves over HTTP that the function heard of its end.
func sayGoodbye() {
	_, _ = http.Post(os.Getenv("GOODBYE"), "text/plain", nil)
}

// fork starts a child that outlives the function unless someone ends it.
func fork() (int, error) {
	child := exec.Command("sleep", "600")
	child.Stdout = os.Stdout
	if err := child.Start(); err != nil {
		return 0, err
	}
	return child.Process.Pid, nil
}

// call asks the test before it answers, so that the test decides when.
func call(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

type streamEvent struct {
	URL    string // a piece of the body for each GET, until 204
	Fail   bool   // end in an error
	Exit   bool   // end in a crash
	Status int
	Plain  bool // no prelude
}

// stream writes what the test gives it, when the test gives it.
func stream(ctx context.Context, in streamEvent) (any, error) {
	r, w := io.Pipe()
	go func() {
		for {
			piece, err := call(ctx, in.URL)
			if err != nil || piece == "" {
				break
			}
			_, _ = io.WriteString(w, piece)
		}
		if in.Exit {
			os.Exit(2)
		}
		if in.Fail {
			_ = w.CloseWithError(errors.New("upstream broke off"))
			return
		}
		_ = w.Close()
	}()
	if in.Plain {
		return r, nil
	}
	return &events.APIGatewayProxyStreamingResponse{StatusCode: in.Status, Headers: map[string]string{"Content-Type": "text/event-stream"}, Body: r}, nil
}
