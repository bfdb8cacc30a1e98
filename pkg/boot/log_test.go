package boot_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"callanalyst/pkg/boot"
)

func TestScrub(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{name: "a JWT goes", in: "bad eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", want: "bad [redacted] end"},
		{name: "a truncated JWT goes", in: "eyJhbGciOiJSUzI1NiJ9.eyJzdWIi", want: "[redacted]"},
		{name: "a Stripe key goes", in: "key sk_live_51Habc", want: "key [redacted]"},
		{name: "a restricted key goes", in: "rk_test_51Habc.", want: "[redacted]."},
		{name: "a webhook secret goes", in: "whsec_MfKQ9r8GKYqrTwjU", want: "[redacted]"},
		{name: "a Supabase key goes", in: "sb_secret_abcDEF", want: "[redacted]"},
		{name: "a bearer value goes", in: "Authorization: Bearer abc.def", want: "Authorization: [redacted]"},
		{name: "an encrypted code goes", in: "code AYADeHh4eHh4eHh4eHh4eHh4eHh4eHg=", want: "code [redacted]"},
		{name: "an address goes", in: "no user ann.o'neil+x@mail.example.com here", want: "no user [redacted] here"},
		{name: "an ARN stays", in: "arn:aws:kms:us-east-2:000000000000:key/1", want: "arn:aws:kms:us-east-2:000000000000:key/1"},
		{name: "plain words stay", in: "customer cus_123 of u-1 at 12:30", want: "customer cus_123 of u-1 at 12:30"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := boot.Scrub(tt.in); got != tt.want {
				t.Errorf("Scrub(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestLoggerCarriesTheRequestAndDropsSecrets(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := boot.NewLogger(&out, "profile-get")
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "req-7"})
	log.With("refresh_token", "1//abc").WithGroup("g").InfoContext(ctx, "mail to ann@example.com",
		"email", "ann@example.com", "password", "hunter2hunter2", "error", errors.New("no mailbox ann@example.com"), "n", 3)

	for _, secret := range []string{"ann@", "hunter2", "1//abc"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log line holds %q: %s", secret, out.String())
		}
	}
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("the line %s is not JSON: %v", out.String(), err)
	}
	if line["service"] != "profile-get" || line["msg"] != "mail to [redacted]" {
		t.Errorf("line = %v, want the service and the scrubbed message", line)
	}
	group, _ := line["g"].(map[string]any)
	if group["function_request_id"] != "req-7" || group["n"] != 3.0 {
		t.Errorf("group = %v, want the request id and n", group)
	}
}

type nilError struct{ text string }

func (e *nilError) Error() string { return e.text }

func TestLoggerSurvivesANilPointerError(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var err *nilError
	boot.NewLogger(&out, "x").Info("odd", "error", error(err))
	if !strings.Contains(out.String(), "unprintable error") {
		t.Errorf("line = %s, want it to say that the error is unprintable", out.String())
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("x", "ann@example.com", "y")
	f.Add("{\"a\":\"", "sk_live_51Habc", "\"}")
	f.Add("eyJ", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln", "@")
	f.Fuzz(func(t *testing.T, before, _, after string) {
		const secret = "ann@example.com"
		if got := boot.Scrub(before + " " + secret + " " + after); strings.Contains(got, secret) {
			t.Errorf("Scrub(%q + secret + %q) = %q", before, after, got)
		}
	})
}
