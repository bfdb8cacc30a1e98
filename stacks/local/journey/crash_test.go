package journey_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"callanalyst/pkg/billing/stripetest"
	"callanalyst/pkg/boot/awstest"
)

// TestAKilledFunctionIsReplaced kills processes as the kernel would, one while it
// works and one while it waits.
func TestAKilledFunctionIsReplaced(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	b, s := l.browser(), newSteps(t)
	const who = "phoenix@example.com"
	p := person{email: who}
	var up struct{ Sub string }
	s.must("sign up", b, "signUp", ask{"who": who, "password": password, "metadata": terms}, &up)
	p.sub = up.Sub
	code := l.code(who, 1)

	l.Stripe.Inject(stripetest.Fault{Times: 1, Latency: 2 * time.Second})
	confirmed := make(chan error, 1)
	go func() { confirmed <- b.try("confirm", ask{"who": who, "code": code}, nil) }()
	s.do("kill -9 post-confirmation while it waits for Stripe", func() {
		l.wait("all but Stripe's part of it", func() bool {
			return len(l.rows("profiles", p.sub)) == 1 && l.text("entitlements", p.sub, "tos_version") != "" && l.queued("welcome") > 0
		})
		l.kill("post-confirmation")
	})
	s.do("Cognito reports the crash to the client", func() {
		if err := <-confirmed; err == nil || !strings.Contains(err.Error(), "UnexpectedLambdaException: PostConfirmation") {
			t.Errorf("confirm = %v, want an UnexpectedLambdaException of PostConfirmation", err)
		}
	})
	var in tokens
	s.must("the person is confirmed all the same and signs in", b, "signIn", ask{"who": who, "password": password}, &in)
	s.check("the first use heals what is missing", func() error { return statusOf(l.profile(in.Access), http.StatusOK) })
	s.do("kill -9 profile-get while it waits for work", func() {
		l.kill("profile-get")
		l.wait("the host to notice", func() bool { return l.warm("profile-get") == 0 })
	})
	s.check("read the profile again", func() error { return statusOf(l.profile(in.Access), http.StatusOK) })
	l.settled()
	s.check("there is one of everything", func() error { return l.whole(p) })
}

// warm counts the processes of a function that wait for work.
func (l *local) warm(function string) int {
	for _, p := range l.Host.Pools() {
		if p.Function == function {
			return p.Warm
		}
	}
	return 0
}

// queued counts the messages of a queue that nobody has yet.
func (l *local) queued(name string) (n int) {
	l.t.Helper()
	out, err := l.AWS.SQS.GetQueueAttributes(l.t.Context(), awstest.QueueAttributesInput{QueueURL: name, AttributeNames: []string{"All"}})
	if err != nil {
		l.t.Fatal(err)
	}
	for _, kind := range []string{"", "Delayed", "NotVisible"} {
		i, err := strconv.Atoi(out.Attributes["ApproximateNumberOfMessages"+kind])
		if err != nil {
			l.t.Fatal(err)
		}
		n += i
	}
	return n
}

// kill ends this fleet's processes of a function with SIGKILL, and fails when
// there is none.
func (l *local) kill(function string) {
	l.t.Helper()
	found := 0
	procs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		l.t.Fatal(err)
	}
	for _, file := range procs {
		env, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(env, []byte("AWS_LAMBDA_FUNCTION_NAME="+function+"\x00")) || !l.mine(env) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			l.t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			l.t.Fatal(err)
		}
		found++
	}
	if found == 0 {
		l.t.Fatalf("%s has no process", function)
	}
}

// mine tells this fleet's processes from those of others: they know its address.
func (l *local) mine(env []byte) bool {
	_, port, _ := strings.Cut(strings.TrimPrefix(l.URL("aws"), "http://"), ":")
	return bytes.Contains(env, []byte("AWS_ENDPOINT_URL=http://127.0.0.1:"+port+"\x00"))
}

// TestBadInputIsAnsweredClearly sends what no client should.
func TestBadInputIsAnsweredClearly(t *testing.T) {
	t.Parallel()
	l := startFleet(t, nil)
	s := newSteps(t)
	s.check("a body over 10 MB", func() error {
		return statusOf(l.call(http.MethodGet, "/api/profile", "", io.LimitReader(zeros{}, 10<<20+1)), http.StatusRequestEntityTooLarge)
	})
	s.check("a body over Lambda's 6 MB", func() error {
		return statusOf(l.call(http.MethodGet, "/api/profile", "", io.LimitReader(zeros{}, 7<<20)), http.StatusRequestEntityTooLarge)
	})
	s.check("a token that is none", func() error { return refusedBy(l.profile("nonsense"), 401, "TOKEN_INVALID") })
	s.check("a path that is none", func() error {
		if a := l.call(http.MethodGet, "/api/nothing", "", nil); a.Status != 403 && a.Status != 404 {
			return fmt.Errorf("answered %d %s", a.Status, a.Body)
		}
		return nil
	})
	tests := []struct {
		what, function, event string
		status                int
		failed                bool
		want                  string
	}{
		{"text that is no JSON", "pre-signup", "{", 400, false, "Could not parse request body into json"},
		{"a function that is none", "pre-sign-up", "{}", 404, false, "Function not found"},
		{"another service's event", "profile-get", `{"Records":[]}`, 200, true, "INVALID_EVENT"},
		{"an event of no form for pre-signup", "pre-signup", `{"triggerSource":7}`, 200, true, "INVALID_EVENT"},
		{"an event of no form for the mail sender", "custom-email-sender", `[]`, 200, true, "INVALID_EVENT"},
	}
	for _, tt := range tests {
		s.check("invoke with "+tt.what, func() error { return l.invokeFails(tt.function, tt.event, tt.status, tt.failed, tt.want) })
	}
}

// invokeFails invokes by Lambda's API and checks how that is refused.
func (l *local) invokeFails(function, event string, status int, failed bool, want string) error {
	l.t.Helper()
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, l.URL("aws")+"/2015-03-31/functions/"+function+"/invocations", strings.NewReader(event))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=local/20260714/us-east-2/lambda/aws4_request, SignedHeaders=host, Signature=00")
	resp, err := l.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != status || (resp.Header.Get("X-Amz-Function-Error") != "") != failed || !strings.Contains(string(body), want) {
		return fmt.Errorf("answered %d %s, want %d with %q", resp.StatusCode, body, status, want)
	}
	return nil
}

// zeros is text without end.
type zeros struct{}

// Read implements io.Reader.
func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}
