package stack_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/stack"
)

// streaming is a function that streams an answer: a first event at once, and a
// second one when its caller has read the first and says so by a file.
const streaming = `package main

import (
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		r, err := http.Get(api + "next")
		if err != nil {
			os.Exit(1)
		}
		body, out := io.Pipe()
		req, _ := http.NewRequest("POST", api+r.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", body)
		req.Header.Set("Lambda-Runtime-Function-Response-Mode", "streaming")
		req.Header.Set("Content-Type", "application/vnd.awslambda.http-integration-response")
		go func() {
			io.WriteString(out, "{\"statusCode\":200,\"headers\":{\"Content-Type\":\"text/event-stream\"}}\x00\x00\x00\x00\x00\x00\x00\x00")
			io.WriteString(out, "data: one\n\n")
			for {
				if _, err := os.Stat(os.Getenv("SITE_URL")); err == nil {
					break
				}
				time.Sleep(5 * time.Millisecond)
			}
			io.WriteString(out, "data: two\n\n")
			out.Close()
		}()
		_, _ = http.DefaultClient.Do(req)
	}
}
`

// lines opens a stream and returns a function for its next data line.
func lines(t *testing.T, method, url string) func() string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	scan := bufio.NewScanner(resp.Body)
	scan.Buffer(nil, 1<<20)
	return func() string {
		for scan.Scan() {
			if data, ok := strings.CutPrefix(scan.Text(), "data: "); ok {
				return data
			}
		}
		t.Fatalf("the stream of %s ended: %v", url, scan.Err())
		return ""
	}
}

// The second event is only written once the first one has been read at the edge:
// a part on the way that held the stream back would make this wait for ever.
func TestAStreamPassesThroughEveryPart(t *testing.T) {
	t.Parallel()
	root := repository(t, nil)
	put(t, root, "functions/ask/main.go", streaming)
	signal := t.TempDir() + "/read"
	s := start(t, stack.Plan{Root: root, Env: map[string]string{"SITE_URL": signal}, Functions: []fleet.Function{{
		Name: "ask", Trigger: fleet.Trigger{Method: "POST", Path: "/api/ask", Stream: true}, Timeout: time.Minute, Settings: []string{"SITE_URL"},
	}}})
	next := lines(t, http.MethodPost, s.URL("edge")+"/api/ask")
	if got := next(); got != "one" {
		t.Fatalf("first event = %q", got)
	}
	put(t, "", signal, "")
	if got := next(); got != "two" {
		t.Errorf("second event = %q", got)
	}
}

func TestPagesHearOfMailsAndInvocations(t *testing.T) {
	t.Parallel()
	root := repository(t, map[string]string{"echo": `return "{\"statusCode\":200,\"body\":\"\"}", false`})
	s := start(t, stack.Plan{Root: root, Functions: []fleet.Function{api("echo", nil)}})
	inbox, console := lines(t, http.MethodGet, s.URL("inbox")+"/live"), lines(t, http.MethodGet, s.URL("edge")+"/_local/functions/echo/live")
	if got := inbox(); !strings.Contains(got, "No mail yet.") {
		t.Errorf("the inbox begins with %s", got)
	}
	mail := `{"FromEmailAddress":"hello@callanalyst.app","Destination":{"ToAddresses":["ada@example.com"]},
		"Content":{"Simple":{"Subject":{"Data":"Good day"},"Body":{"Text":{"Data":"x"}}}}}`
	if status, body := call(t, http.MethodPost, s.URL("aws")+"/v2/email/outbound-emails", mail); status != 200 {
		t.Fatalf("SendEmail = %d %s", status, body)
	}
	if got := inbox(); !strings.Contains(got, "Good day") {
		t.Errorf("the inbox goes on with %s", got)
	}
	if status, _ := call(t, http.MethodGet, s.URL("edge")+"/api/echo", ""); status != 200 {
		t.Fatalf("GET /api/echo = %d", status)
	}
	for {
		if got := console(); strings.Contains(got, "REPORT RequestId") {
			break
		}
	}
}
