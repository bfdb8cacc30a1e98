package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/profile/onboard"
	"callanalyst/pkg/profile/profiletest"
)

func TestThreeTriggersAtOnceLeaveOneOfEverything(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	synctest.Test(t, func(t *testing.T) {
		w := profiletest.New(t, shared)
		start(t, w, limit)
		w.Pool.Overlap(cognitotest.PostConfirmation, 3)
		username, code := register(t, w, "grace@example.com", "Grace")
		if err := w.Confirm(t, username, code); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		want := whole("Grace")
		want.Welcomes = 3 // messages; the worker sends one mail
		if diff := cmp.Diff(want, hold(t, w, username)); diff != "" {
			t.Errorf("holdings (-want +got):\n%s\n%s", diff, w.Log)
		}
		if codes := w.Log.Codes(t); len(codes) > 0 {
			t.Errorf("logged %q, want no failure", codes)
		}
	})
}

func TestAFirstSignInWithGoogleIsAConfirmationToo(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	synctest.Test(t, func(t *testing.T) {
		w := profiletest.New(t, shared)
		start(t, w, limit)
		if back := w.Federate(t, "Mary@gmail.com", "Mary Somerville"); back.Query().Get("code") == "" {
			t.Fatalf("the browser was sent to %s, want a code", back)
		}
		username := federated(t, w)
		want := whole("Mary Somerville")
		want.Terms = "" // nobody has asked for them yet; the API's gate will
		if diff := cmp.Diff(want, hold(t, w, username)); diff != "" {
			t.Errorf("holdings (-want +got):\n%s\n%s", diff, w.Log)
		}
		if _, status := w.User(t, username); status != cognitotest.StatusExternalProvider {
			t.Errorf("the user is %s", status)
		}
		w.Log.Check(t, "Mary", "mary@")
	})
}

// federated returns the name of the one user of the pool.
func federated(t *testing.T, w *profiletest.World) string {
	t.Helper()
	out, err := w.Cognito(t).ListUsers(t.Context(), &cognitoidentityprovider.ListUsersInput{UserPoolId: aws.String(cognitotest.DefaultPoolID)})
	if err != nil || len(out.Users) != 1 {
		t.Fatalf("ListUsers = %v, %v, want one user", out, err)
	}
	return aws.ToString(out.Users[0].Username)
}

func TestAnEditedProfileOutlivesAnotherRun(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	synctest.Test(t, func(t *testing.T) {
		w := profiletest.New(t, shared)
		fn := start(t, w, limit)
		username, code := register(t, w, "ada@example.com", "Ada")
		if err := w.Confirm(t, username, code); err != nil {
			t.Fatal(err)
		}
		edit(t, w, username, "Countess of Lovelace", 5)
		if _, err := fn(t.Context(), confirmation(t, w, username)); err != nil {
			t.Fatal(err)
		}
		if got := hold(t, w, username).Profile; got != "Countess of Lovelace v5" {
			t.Errorf("profile is %q after another run", got)
		}
	})
}

func TestOtherSourcesDoNothing(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	for _, source := range []string{"PostConfirmation_ConfirmForgotPassword", "PostConfirmation_SomethingNew", "PreSignUp_SignUp", ""} {
		t.Run(source, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := profiletest.New(t, shared)
				fn := start(t, w, limit)
				username, _ := register(t, w, "ada@example.com", "Ada")
				event := json.RawMessage(strings.Replace(string(confirmation(t, w, username)), confirmed, source, 1))
				w.Forget()
				out, err := fn(t.Context(), event)
				if err != nil || !slices.Equal(out.(json.RawMessage), event) {
					t.Errorf("answered %s, %v, want the event", out, err)
				}
				if calls := w.Calls(); len(calls) > 0 {
					t.Errorf("made calls: %q", calls)
				}
			})
		})
	}
}

// bare is a function whose domain only counts what it is asked.
func bare(w *profiletest.World, runs *atomic.Int32) boot.Func {
	return handler(&onboard.Onboarding{
		Profiles: counter{runs}, Consents: counter{runs}, Customers: counter{runs}, Mirror: counter{runs}, Welcomes: counter{runs},
		Log: boot.NewLogger(w.Log, "post-confirmation"), Now: w.Now,
	}, boot.NewLogger(w.Log, "post-confirmation"))
}

func TestTheAnswerIsTheEventByteForByte(t *testing.T) {
	t.Parallel()
	const (
		source     = `"triggerSource":"PostConfirmation_ConfirmSignUp"`
		attributes = `{"sub":"u1","email":"a@b.c","name":"<Ada> & \u00e9 \ud83d\ude00 \/","custom:x":""}`
		caller     = `{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"57c"}`
	)
	tests := []struct{ name, event string }{
		{
			name: "as Cognito sends it",
			event: `{"version":"1",` + source + `,"region":"us-east-2","userPoolId":"us-east-2_AbC","userName":"u1","callerContext":` + caller +
				`,"request":{"userAttributes":` + attributes + `,"clientMetadata":{"a":"b"}},"response":{}}`,
		},
		{
			name: "with members nobody knows",
			event: `{"newest":{"n":12345678901234567890.125,"l":[null,true]},` + source +
				`,"request":{"later":1,"userAttributes":` + attributes + `},"response":{"more":"x"}}`,
		},
		{name: "without attributes", event: `{` + source + `,"request":{},"response":{}}`},
		{name: "with null for all", event: `{` + source + `,"userPoolId":null,"userName":null,"request":{"userAttributes":null},"response":null}`},
		{name: "with attributes that are no texts", event: `{` + source + `,"request":{"userAttributes":{"sub":7}},"response":{}}`},
		{name: "not an object", event: `["PostConfirmation_ConfirmSignUp"]`},
		{name: "a text", event: `"x"`},
		{name: "null", event: `null`},
		{
			name:  "six megabytes",
			event: `{` + source + `,"request":{"userAttributes":{"sub":"u1","x":"` + strings.Repeat("y", 6<<20) + `"}},"response":{}}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &profiletest.World{Log: &profiletest.Log{}}
			out, err := lambda.NewHandler(bare(w, new(atomic.Int32))).Invoke(t.Context(), []byte(tt.event))
			if err != nil {
				t.Fatalf("answered %v, which Cognito would show to a confirmed person", err)
			}
			if string(out) != tt.event {
				t.Errorf("answered %.300s, want %.300s", out, tt.event)
			}
			w.Log.Check(t, "Ada", "a@b.c")
		})
	}
}

func TestWhatIsNotJSONIsAnError(t *testing.T) {
	t.Parallel()
	w := &profiletest.World{Log: &profiletest.Log{}}
	var runs atomic.Int32
	for _, raw := range []string{"", "{", `{"triggerSource":}`, "\xff"} {
		out, err := bare(w, &runs)(t.Context(), json.RawMessage(raw))
		if !errors.Is(err, fault.New(fault.Invalid, "INVALID_EVENT", "")) {
			t.Errorf("answered %q with %v, %v, want INVALID_EVENT", raw, out, err)
		}
	}
	if runs.Load() > 0 {
		t.Errorf("made %d steps of nothing", runs.Load())
	}
}

func FuzzHandler(f *testing.F) {
	f.Add([]byte(`{"triggerSource":"PostConfirmation_ConfirmSignUp","request":{"userAttributes":{"sub":"u1","email":"a@b.c"}},"response":{}}`))
	f.Add([]byte(`{"triggerSource":"PostConfirmation_ConfirmSignUp","request":[]}`))
	f.Add([]byte(`{"request":{"userAttributes":{"sub":null}}}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		out, err := bare(&profiletest.World{Log: &profiletest.Log{}}, new(atomic.Int32))(t.Context(), event)
		if (err == nil) != json.Valid(event) {
			t.Fatalf("answered %q with %v", event, err)
		}
		if err == nil && !slices.Equal(out.(json.RawMessage), event) {
			t.Errorf("answered %q with %q", event, out)
		}
	})
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := boot.NewProcess("post-confirmation", func(string) (string, bool) { return "", false }, &profiletest.Log{})
	_, err := p.Start(context.Background(), wire)
	if !errors.Is(err, boot.ErrConfiguration) {
		t.Fatalf("Start = %v, want ErrConfiguration", err)
	}
	for _, name := range []string{"TABLE_PROFILES", "TABLE_CONSENTS", "TABLE_ENTITLEMENTS", "TABLE_LEGACY_USERS", "QUEUE_WELCOME", "SECRET_STRIPE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("Start = %q, want it to name %s", err, name)
		}
	}
}
