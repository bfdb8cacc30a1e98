package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/consent"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/fleet"
	"callanalyst/pkg/mail/suppress"
)

func yes() map[string]string {
	return map[string]string{"tos_accepted": "true", "tos_version": "2026-06-01", "cookie_marketing": "false"}
}

func TestSources(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"TOS_ACCEPTED": "2026-06-01, 2026-09-01"})
	tests := []struct {
		name     string
		source   string
		metadata map[string]string
		refused  string
	}{
		{name: "a person who accepts", source: signUp, metadata: yes()},
		{name: "a person who accepts the next terms", source: signUp, metadata: map[string]string{"tos_accepted": "true", "tos_version": "2026-09-01"}},
		{name: "a person who accepts nothing", source: signUp, refused: "TOS_NOT_ACCEPTED"},
		{name: "a person who says no", source: signUp, metadata: map[string]string{"tos_accepted": "false", "tos_version": "2026-06-01"}, refused: "TOS_NOT_ACCEPTED"},
		{name: "a person who accepts old terms", source: signUp, metadata: map[string]string{"tos_accepted": "true", "tos_version": "2024-01-01"}, refused: "TOS_VERSION_STALE"},
		{name: "Google or Apple", source: external},
		{name: "an operator", source: created},
		{name: "another way to sign oneself up", source: "PreSignUp_Passkey", metadata: yes(), refused: "SIGN_UP_NOT_SUPPORTED"},
		{name: "a source in another case", source: "presignup_externalprovider", refused: "SIGN_UP_NOT_SUPPORTED"},
		{name: "another trigger's event", source: "PostConfirmation_ConfirmSignUp", refused: "SIGN_UP_NOT_SUPPORTED"},
		{name: "no source", source: "", refused: "INVALID_EVENT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := signUpEvent(tt.source, tt.metadata)
			out, err := w.fn(t.Context(), in)
			if tt.refused != "" {
				if err == nil || err.Error() != tt.refused || out != nil {
					t.Errorf("%s with %v = %v, %v, want %s", tt.source, tt.metadata, out, err, tt.refused)
				}
				return
			}
			if raw, ok := out.(json.RawMessage); err != nil || !ok || !bytes.Equal(raw, in) {
				t.Errorf("%s with %v = %s, %v, want the event's own bytes", tt.source, tt.metadata, out, err)
			}
		})
	}
	t.Cleanup(func() { w.log.silent(t) })
}

// TestLambdaSendsTheWholeEventBack goes through Lambda's own encoding.
func TestLambdaSendsTheWholeEventBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	in := signUpEvent(signUp, yes())
	out, err := lambda.NewHandler(w.fn).Invoke(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := json.Compact(&want, in); err != nil {
		t.Fatal(err)
	}
	if got := bytes.TrimSpace(out); !bytes.Equal(got, want.Bytes()) {
		t.Errorf("answer:\n%s\nwant the event:\n%s", got, want.Bytes())
	}
}

func TestAnAcceptanceIsOnRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var wg sync.WaitGroup
	for range 3 { // as Cognito does when an answer is late
		wg.Go(func() {
			if _, err := w.fn(t.Context(), signUpEvent(signUp, yes())); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	rows := w.rows(t)
	for _, r := range rows {
		if at, _ := r["accepted_at"].(string); len(at) != len("2026-11-21T12:00:00.000Z") {
			t.Errorf("accepted_at = %q, want the server's time", at)
		}
		delete(r, "accepted_at")
	}
	want := []row{{
		"cognito_sub": "PENDING#3f1c9a52-7d84-4e0b-9a61-5b2e8c4d7f10", "kind_version": "pending", "tos_version": "2026-06-01",
		"source": "sign-up", "client_id": "web", "analytics": false, "marketing": false,
	}}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("after three runs at once: want -, got +:\n%s", d)
	}
}

func TestNothingIsWrittenForTheRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, in := range []json.RawMessage{
		signUpEvent(signUp, nil), signUpEvent(external, yes()), signUpEvent(created, yes()), signUpEvent("PreSignUp_Other", yes()),
	} {
		_, _ = w.fn(t.Context(), in)
	}
	if rows := w.rows(t); rows != nil {
		t.Errorf("consents holds %v, want nothing", rows)
	}
}

func TestMalformedEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for name, in := range map[string]string{
		"nothing":                    ``,
		"not JSON":                   `dana@example.com`,
		"half an event":              `{"triggerSource":"PreSignUp_SignUp","request":{"userAttributes":{"email":"dana@example.com"`,
		"null":                       `null`,
		"a list":                     `[{"triggerSource":"PreSignUp_SignUp"}]`,
		"an empty object":            `{}`,
		"a source that is a number":  `{"triggerSource":1}`,
		"metadata that is a list":    `{"triggerSource":"PreSignUp_SignUp","userName":"u","request":{"clientMetadata":["true"]}}`,
		"a yes that is not text":     `{"triggerSource":"PreSignUp_SignUp","userName":"u","request":{"clientMetadata":{"tos_accepted":true,"tos_version":"2026-06-01"}}}`,
		"a sign-up without a name":   `{"triggerSource":"PreSignUp_SignUp","request":{"clientMetadata":{"tos_accepted":"true","tos_version":"2026-06-01"}}}`,
		"ten megabytes of something": `{"triggerSource":"` + strings.Repeat("x", 10<<20) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := w.fn(t.Context(), json.RawMessage(in)); err == nil || err.Error() != "INVALID_EVENT" || out != nil {
				t.Errorf("answer to %.80q = %v, %v, want INVALID_EVENT", in, out, err)
			}
		})
	}
	t.Cleanup(func() { w.log.silent(t) })
}

// TestAnAddressThatGetsNoMailIsRefused tells the person at once, instead of a code
// that never comes. Google's users need no code, and a complaint stops none.
func TestAnAddressThatGetsNoMailIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fate           suppress.Fate
		source, refuse string
	}{
		{fate: suppress.Bounced, source: signUp, refuse: "EMAIL_UNDELIVERABLE"},
		{fate: suppress.Bounced, source: external},
		{fate: suppress.Complained, source: signUp},
	}
	for _, tt := range tests {
		w := newWorld(t, nil)
		l := suppress.List{DB: w.db, Table: w.db.Table("suppressions"), Now: time.Now}
		if err := l.Keep(t.Context(), suppress.Event{Fate: tt.fate, MessageID: "m1", At: time.Now(), Addresses: []string{"Dana@example.com"}}); err != nil {
			t.Fatal(err)
		}
		_, err := w.fn(t.Context(), signUpEvent(tt.source, yes()))
		if got := fault.Of(err).Code; (err == nil) != (tt.refuse == "") || err != nil && got != tt.refuse {
			t.Errorf("%s after the address %s = %v, want %q", tt.source, tt.fate, err, tt.refuse)
		}
		if rows := w.rows(t); tt.refuse != "" && rows != nil {
			t.Errorf("a refused sign-up left %v", rows)
		}
		w.log.silent(t)
	}
}

// TestWithoutTheTablesNobodyPasses takes DynamoDB away. Google's and an
// operator's users do not need it.
func TestWithoutTheTablesNobodyPasses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
	if out, err := w.fn(t.Context(), signUpEvent(signUp, yes())); err == nil || err.Error() != "UPSTREAM_UNAVAILABLE" || out != nil {
		t.Errorf("sign-up without DynamoDB = %v, %v, want UPSTREAM_UNAVAILABLE alone", out, err)
	}
	for _, source := range []string{external, created} {
		if _, err := w.fn(t.Context(), signUpEvent(source, nil)); err != nil {
			t.Errorf("%s without DynamoDB = %v, want it let through", source, err)
		}
	}
	if !strings.Contains(w.log.String(), "migration: read legacy user") {
		t.Errorf("log does not say what failed:\n%s", w.log)
	}
	w.log.silent(t)
}

func TestAnUnknownErrorShowsNothing(t *testing.T) {
	t.Parallel()
	log := &journal{}
	err := refusal(t.Context(), slog.New(slog.NewJSONHandler(log, nil)), errors.New("row of u-1 is odd"))
	if err.Error() != "INTERNAL" || !strings.Contains(log.String(), "row of u-1 is odd") {
		t.Errorf("refusal = %v, log %s, want INTERNAL and the cause in the log", err, log)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  map[string]string
		want []string
	}{
		{name: "nothing set", want: []string{"TABLE_CONSENTS", "TABLE_LEGACY_USERS", "TABLE_SUPPRESSIONS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}},
		{name: "terms that are no date", env: map[string]string{"TABLE_CONSENTS": "c", "TABLE_LEGACY_USERS": "l", "TABLE_SUPPRESSIONS": "s", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "TOS_VERSION": "latest"}, want: []string{"TOS_VERSION", "2026-06-01"}},
		{name: "further terms that are no date", env: map[string]string{"TABLE_CONSENTS": "c", "TABLE_LEGACY_USERS": "l", "TABLE_SUPPRESSIONS": "s", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "TOS_ACCEPTED": "2026-06-01,next"}, want: []string{"TOS_ACCEPTED"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := start(t, tt.env, &journal{})
			if !errors.Is(err, boot.ErrConfiguration) {
				t.Fatalf("Start with %v = %v, want ErrConfiguration", tt.env, err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Start with %v = %q, does not name %s", tt.env, err, want)
				}
			}
		})
	}
}

// TestAManifestAloneIsEnough holds the settings that the manifest gives against
// those that the function reads.
func TestAManifestAloneIsEnough(t *testing.T) {
	t.Parallel()
	f, ok := fleet.Find("pre-signup")
	if !ok {
		t.Fatal("pre-signup is not in the manifest")
	}
	if d := cmp.Diff([]string{"TOS_VERSION", "TOS_ACCEPTED"}, f.Settings); d != "" {
		t.Errorf("settings: want -, got +:\n%s", d)
	}
	for _, s := range fleet.Settings() {
		if s.Name == "TOS_VERSION" && s.Default != consent.Current {
			t.Errorf("the manifest's terms are %s, the code's %s", s.Default, consent.Current)
		}
	}
}

// TestSamples runs the sample events.
func TestSamples(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	want := map[string]string{
		"sign-up": "", "google": "", "apple": "", "admin-create-user": "",
		"without-terms": "TOS_NOT_ACCEPTED", "stale-terms": "TOS_VERSION_STALE", "google-unverified": "PROVIDER_EMAIL_UNVERIFIED",
	}
	for name, refused := range want {
		in, err := os.ReadFile(filepath.Join("..", "..", "events", "pre-signup", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		out, err := w.fn(t.Context(), in)
		if refused == "" {
			if raw, ok := out.(json.RawMessage); err != nil || !ok || !bytes.Equal(raw, in) {
				t.Errorf("%s = %s, %v, want the event back", name, out, err)
			}
		} else if err == nil || err.Error() != refused {
			t.Errorf("%s = %v, want %s", name, err, refused)
		}
	}
}
