package gateway_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"callanalyst/stacks/local/gateway"
	"callanalyst/stacks/local/runtimeapi"
)

const patience = 20 * time.Second

var _ gateway.Functions = (*runtimeapi.Host)(nil)

// TestMain makes the test binary a Lambda function where it is run as one.
func TestMain(m *testing.M) {
	switch os.Getenv("BEHAVIOUR") {
	case "echo":
		lambda.Start(echo)
	case "stream":
		lambda.Start(stream)
	}
	os.Exit(m.Run())
}

func echo(e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	return events.APIGatewayProxyResponse{StatusCode: 200, Body: e.HTTPMethod + " " + e.Path + " " + e.Body}, nil
}

// stream sends a piece for each answer of the URL in its body: none ends the
// stream, and "fail" breaks it off.
func stream(_ context.Context, e events.APIGatewayProxyRequest) (*events.APIGatewayProxyStreamingResponse, error) {
	r, w := io.Pipe()
	go func() {
		for {
			switch piece := get(e.Body); piece {
			case "":
				_ = w.Close()
				return
			case "fail":
				_ = w.CloseWithError(errors.New("upstream broke off"))
				return
			default:
				_, _ = io.WriteString(w, piece)
			}
		}
	}()
	return &events.APIGatewayProxyStreamingResponse{StatusCode: 200, Headers: map[string]string{"Content-Type": "text/event-stream"}, Body: r}, nil
}

func get(url string) string {
	resp, err := new(http.Client).Get(url)
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return string(b)
}

// fleet is a gateway in front of real processes.
type fleet struct {
	server *httptest.Server
	ended  chan runtimeapi.Event
	asked  chan struct{} // the function waits for a piece
	say    chan string
	url    string // where it waits
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{ended: make(chan runtimeapi.Event, 10), asked: make(chan struct{}, 100), say: make(chan string)}
	host := runtimeapi.New(runtimeapi.Options{Observe: func(e runtimeapi.Event) {
		if e.Outcome != runtimeapi.Running {
			f.ended <- e
		}
	}})
	for _, name := range []string{"echo", "stream"} {
		if err := host.Set(runtimeapi.Function{Name: name, Binary: os.Args[0], Env: []string{"BEHAVIOUR=" + name}, Timeout: patience}); err != nil {
			t.Fatal(err)
		}
	}
	api, err := gateway.New(gateway.Options{Functions: host, Routes: []gateway.Route{
		{Method: "POST", Path: "/echo", Function: "echo"},
		{Method: "POST", Path: "/stream", Function: "stream", Stream: true},
		{Method: "POST", Path: "/buffered", Function: "echo", Stream: true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	pieces := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		f.asked <- struct{}{}
		select {
		case s := <-f.say:
			_, _ = io.WriteString(w, s)
		case <-over:
		}
	}))
	f.url, f.server = pieces.URL, httptest.NewServer(api)
	t.Cleanup(func() {
		close(over)
		pieces.Close()
		f.server.Close()
		if err := host.Close(context.Background()); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return f
}

func (f *fleet) post(t *testing.T, ctx context.Context, path, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Body.Close() })
	return r
}

func receive[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	var v T
	select {
	case v = <-c:
	case <-time.After(patience):
		t.Fatalf("%s did not happen", what)
	}
	return v
}

func TestRealFunctionAnswers(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	for _, path := range []string{"/echo", "/buffered"} {
		r := f.post(t, t.Context(), path, "hello")

		if got, want := text(t, r), "POST "+path+" hello"; r.StatusCode != 200 || got != want {
			t.Errorf("%s = %d %q, want 200 %q", path, r.StatusCode, got, want)
		}
	}
}

func TestRealStreamArrivesPieceByPiece(t *testing.T) {
	t.Parallel()
	f := newFleet(t)

	r := f.post(t, t.Context(), "/stream", f.url) // returns at the head, before any piece

	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("head = %d %q, want 200 text/event-stream", r.StatusCode, r.Header.Get("Content-Type"))
	}
	lines := bufio.NewReader(r.Body)
	for _, piece := range []string{"data: one\n", "data: two\n", "data: three\n"} {
		receive(t, "the function's call", f.asked)
		f.say <- piece
		// The function has nothing more to give: what is read here came at once.
		if got, err := lines.ReadString('\n'); got != piece || err != nil {
			t.Fatalf("piece = %q, %v; want %q", got, err, piece)
		}
	}
	receive(t, "the function's call", f.asked)
	f.say <- ""
	if rest, err := io.ReadAll(lines); len(rest) != 0 || err != nil {
		t.Errorf("rest = %q, %v; want a clean end", rest, err)
	}
}

func TestRealStreamThatFailsIsCutOff(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	r := f.post(t, t.Context(), "/stream", f.url)
	receive(t, "the function's call", f.asked)
	f.say <- "half"
	receive(t, "the function's call", f.asked)
	f.say <- "fail"

	body, err := io.ReadAll(r.Body)

	if string(body) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("body = %q, %v; want half and an unexpected end", body, err)
	}
	if e := receive(t, "the function's end", f.ended); e.Outcome != runtimeapi.Failed {
		t.Errorf("outcome = %q, want %q", e.Outcome, runtimeapi.Failed)
	}
}

func TestClientThatLeavesDoesNotStopTheFunction(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	ctx, leave := context.WithCancel(t.Context())
	f.post(t, ctx, "/stream", f.url)
	receive(t, "the function's call", f.asked)

	leave()

	for _, piece := range []string{"one", "two", "three", ""} {
		f.say <- piece
		if piece != "" {
			receive(t, "the function's call", f.asked)
		}
	}
	if e := receive(t, "the function's end", f.ended); e.Outcome != runtimeapi.OK {
		t.Errorf("outcome = %q %s, want ok", e.Outcome, e.Error)
	}
}

// BenchmarkGateway is the gateway's own work: no process, no network.
func BenchmarkGateway(b *testing.B) {
	answer, err := json.Marshal(events.APIGatewayProxyResponse{StatusCode: 200, Body: strings.Repeat("a", 500)})
	if err != nil {
		b.Fatal(err)
	}
	api, err := gateway.New(gateway.Options{Routes: table, Functions: &functions{answer: string(answer)}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if r := serve(b, api, "DELETE", "/api/recall/bot/b1?since=3", "", "Authorization", "Bearer x"); r.StatusCode != 200 {
			b.Fatal(r.StatusCode)
		}
	}
}
