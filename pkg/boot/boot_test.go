package boot_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

func process(out *bytes.Buffer, pairs ...string) *boot.Process {
	return boot.NewProcess("pre-signup", env(pairs...).Lookup, out)
}

func TestStartNamesMissingSettingsBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	_, err := process(new(bytes.Buffer)).Start(t.Context(), func(_ context.Context, p *boot.Process) (boot.Func, error) {
		p.AWS("DYNAMODB")
		p.Env.Table("consents")
		return nil, errors.New("cannot build what has no table")
	})
	if !errors.Is(err, boot.ErrConfiguration) {
		t.Fatalf("Start = %v, want ErrConfiguration", err)
	}
	for _, name := range []string{"pre-signup", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TABLE_CONSENTS"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("Start = %q, want it to name %s", err, name)
		}
	}
}

func TestStartPassesTheWireErrorOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("no keyring")
	_, err := process(new(bytes.Buffer)).Start(t.Context(), func(context.Context, *boot.Process) (boot.Func, error) { return nil, broken })
	if !errors.Is(err, broken) {
		t.Errorf("Start = %v, want %v", err, broken)
	}
}

func TestEachInvocationWritesOneLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fn      boot.Func
		wantErr error
		want    map[string]any
	}{
		{
			name: "success", want: map[string]any{"msg": "invocation", "outcome": "ok", "cold_start": true},
			fn: func(_ context.Context, e json.RawMessage) (any, error) { return e, nil },
		},
		{
			name: "a fault shows its code", want: map[string]any{"msg": "invocation", "outcome": "error", "code": "TOS_NOT_ACCEPTED"},
			fn: func(context.Context, json.RawMessage) (any, error) {
				return nil, fault.New(fault.Invalid, "TOS_NOT_ACCEPTED", "")
			},
			wantErr: fault.New(fault.Invalid, "TOS_NOT_ACCEPTED", ""),
		},
		{
			name: "a panic is an error, not an end", want: map[string]any{"msg": "invocation", "outcome": "error", "code": "INTERNAL"},
			fn:      func(context.Context, json.RawMessage) (any, error) { panic(errors.New("a defect")) },
			wantErr: fault.New(fault.Internal, "INTERNAL", ""),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			fn, err := process(&out).Start(t.Context(), func(context.Context, *boot.Process) (boot.Func, error) { return tt.fn, nil })
			if err != nil {
				t.Fatal(err)
			}
			if _, err := fn(t.Context(), json.RawMessage(`{}`)); !errors.Is(err, tt.wantErr) {
				t.Errorf("error = %v, want %v", err, tt.wantErr)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			var last map[string]any
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
				t.Fatal(err)
			}
			for k, want := range tt.want {
				if last[k] != want {
					t.Errorf("%s = %v, want %v in %v", k, last[k], want, last)
				}
			}
		})
	}
}

func TestOnlyTheCodeLeavesTheProcess(t *testing.T) {
	t.Parallel()
	down := fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "")
	for want, err := range map[string]error{
		"UPSTREAM_UNAVAILABLE": fmt.Errorf("consent: hold: %w", down.With(errors.New("table consents-x is throttled"))),
		"INTERNAL":             errors.New("no row u-9 in table consents-x"),
	} {
		var out bytes.Buffer
		fn, _ := process(&out).Start(t.Context(), func(context.Context, *boot.Process) (boot.Func, error) {
			return func(context.Context, json.RawMessage) (any, error) { return nil, err }, nil
		})
		_, got := fn(t.Context(), nil)
		if got == nil || got.Error() != want || !errors.Is(got, err) {
			t.Errorf("error %v leaves as %v, want %s", err, got, want)
		}
		if !strings.Contains(out.String(), "consents-x") {
			t.Errorf("the log %s lacks the cause", out.String())
		}
	}
}

func TestOnlyTheFirstInvocationIsCold(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	fn, err := process(&out).Start(t.Context(), func(context.Context, *boot.Process) (boot.Func, error) {
		return func(context.Context, json.RawMessage) (any, error) { return nil, nil }, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := fn(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(out.String(), `"cold_start":true`); got != 1 {
		t.Errorf("%d cold starts in %s, want 1", got, out.String())
	}
}

func TestAWSFollowsTheServiceEndpointFirst(t *testing.T) {
	t.Parallel()
	keys := []string{"AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", "b"}
	tests := []struct {
		name, want string
		pairs      []string
	}{
		{name: "none set", want: ""},
		{name: "one for all", pairs: []string{"AWS_ENDPOINT_URL", "http://all"}, want: "http://all"},
		{name: "one for the service", pairs: []string{"AWS_ENDPOINT_URL", "http://all", "AWS_ENDPOINT_URL_DYNAMODB", "http://ddb"}, want: "http://ddb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := process(new(bytes.Buffer), append(keys, tt.pairs...)...).AWS("DYNAMODB")
			got := ""
			if cfg.BaseEndpoint != nil {
				got = *cfg.BaseEndpoint
			}
			address := tt.want
			if address == "" {
				address = "https://dynamodb.us-east-2.amazonaws.com"
			}
			if at := boot.Endpoint(cfg, "dynamodb"); at != address {
				t.Errorf("Endpoint = %q, want %q", at, address)
			}
			if got != tt.want || cfg.Region != "us-east-2" {
				t.Errorf("endpoint %q in %s, want %q in us-east-2", got, cfg.Region, tt.want)
			}
		})
	}
}

func TestConnectOpensAConnectionThatTheFirstCallUses(t *testing.T) {
	t.Parallel()
	var connections atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "application/x-amz-json-1.0")
			_, _ = w.Write([]byte(`{"TableNames":[]}`))
		}
	}))
	srv.Config.ConnState = countNew(&connections)
	srv.Start()
	t.Cleanup(srv.Close)

	p := process(new(bytes.Buffer), "AWS_ACCESS_KEY_ID", "a", "AWS_SECRET_ACCESS_KEY", "b", "AWS_ENDPOINT_URL", srv.URL)
	p.Connect(t.Context(), srv.URL, "http://127.0.0.1:1", "::bad::")
	if _, err := dynamodb.NewFromConfig(p.AWS("DYNAMODB")).ListTables(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("%d connections, want the one that Connect opened", got)
	}
}
