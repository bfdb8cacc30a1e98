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
		fmt.Fprintln(os.Stdout, "from init")
		lambda.Start(func(in object) error {
			fmt.Fprintln(os.Stdout, "to stdout")
			fmt.Fprintln(os.Stderr, "to stderr")
			fmt.Fprint(os.Stdout, "unfinished")
			return nil
		})
	},
	"puppet": func() {
		_, _ = new(http.Client).Get(os.Getenv("TELL") + "?api=" + os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		select {}
	},
	"event": func() { lambda.Start(func(in json.RawMessage) (json.RawMessage, error) { return in, nil }) },
	"chatter": func() {
		lambda.Start(func(n int) {
			for i := range n {
				fmt.Fprintln(os.Stdout, "line", i)
			}
		})
	},
	"nul":   func() { lambda.Start(func() { fmt.Fprint(os.Stdout, "\x00", strings.Repeat("0", 32), "\n") }) },
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
		_, _ = new(http.Client).Post(url, "application/json", strings.NewReader(`{"errorType":"Config","errorMessage":"TABLE_BOTS is missing"}`))
		os.Exit(1)
	},
	"init-once": func() {
		if _, err := os.Stat(os.Getenv("MARK")); err != nil {
			_ = os.WriteFile(os.Getenv("MARK"), nil, 0o600)
			syscall.Exit(1)
		}
		lambda.Start(echo)
	},
	"suicide": func() { lambda.Start(func() error { return syscall.Kill(os.Getpid(), syscall.SIGKILL) }) },
	"pid":     func() { lambda.Start(func() (int, error) { return os.Getpid(), nil }) },
	"hold": func() {
		lambda.Start(func(ctx context.Context) (int, error) {
			_, err := call(ctx, os.Getenv("GATE"))
			return os.Getpid(), err
		})
	},
	"binary": func() { lambda.Start(os.Executable) },
	"fork-and": func() {
		lambda.Start(func(how string) (string, error) {
			pid, err := fork()
			if err != nil {
				return "", err
			}
			if err := os.WriteFile(os.Getenv("PIDFILE"), fmt.Append(nil, pid), 0o600); err != nil {
				return "", err
			}
			return obey(how)
		})
	},
	"plain": func() { lambda.Start(func(s string) (io.Reader, error) { return strings.NewReader(s), nil }) },
	"empty": func() { lambda.Start(func() (io.Reader, error) { return textReader{strings.NewReader("")}, nil }) },
	"obey":  func() { lambda.Start(obey) },
	"busy-fork": func() {
		lambda.Start(func(ctx context.Context) (string, error) {
			if _, err := fork(); err != nil {
				return "", err
			}
			return call(ctx, os.Getenv("GATE"))
		})
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

func obey(how string) (string, error) {
	switch how {
	case "exit":
		os.Exit(2)
	case "panic":
		panic("as told")
	case "error":
		return "", errors.New("as told")
	case "hang":
		select {}
	}
	return how, nil
}

// sayGoodbye proves over HTTP that the function heard of its end.
func sayGoodbye() {
	_, _ = new(http.Client).Post(os.Getenv("GOODBYE"), "text/plain", nil)
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
	resp, err := new(http.Client).Do(req)
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
	Hang   bool // never end
}

// textReader is a body with a type.
type textReader struct{ r io.Reader }

func (t textReader) Read(p []byte) (int, error) { return t.r.Read(p) }

func (textReader) ContentType() string { return "text/plain" }

// stream writes what the test gives it, when the test gives it.
func stream(ctx context.Context, in streamEvent) (any, error) {
	r, w := io.Pipe()
	if in.Hang {
		ctx = context.Background() // which the deadline does not end
	}
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
	return &events.APIGatewayProxyStreamingResponse{StatusCode: in.Status, Headers: map[string]string{"Content-Type": "text/event-stream"}, Body: r}, nil
}
