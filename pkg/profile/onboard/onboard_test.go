package onboard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/profile"
	"callanalyst/pkg/profile/onboard"
)

// upstreams stands for all that onboarding calls. It keeps what was done, and
// does what trouble says for a step instead of answering.
type upstreams struct {
	trouble map[string]func(context.Context) error

	mu   sync.Mutex
	done []string
}

func (u *upstreams) do(ctx context.Context, step, what string) error {
	if trouble := u.trouble[step]; trouble != nil {
		return trouble(ctx)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.done = append(u.done, step+" "+what)
	return nil
}

func (u *upstreams) sorted() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Sorted(slices.Values(u.done))
}

func (u *upstreams) Create(ctx context.Context, p profile.Profile) (profile.Profile, bool, error) {
	return p, true, u.do(ctx, "profile", strings.Join([]string{p.Sub, p.Email, p.Name, p.AvatarURL}, " "))
}

func (u *upstreams) Promote(ctx context.Context, sub, username string) (string, error) {
	return "2026-06-01", u.do(ctx, "consent", sub+" "+username)
}

func (u *upstreams) Link(ctx context.Context, x billing.User) (string, error) {
	what := x.Sub + " " + x.Email
	if x.Fresh {
		what += " fresh"
	}
	return "cus_1", u.do(ctx, "customer", what)
}

func (u *upstreams) Set(ctx context.Context, poolID, username, id string) error {
	return u.do(ctx, "mirror", poolID+" "+username+" "+id)
}

func (u *upstreams) Send(ctx context.Context, sub string) error { return u.do(ctx, "welcome", sub) }

func (u *upstreams) onboarding(log *bytes.Buffer) *onboard.Onboarding {
	return &onboard.Onboarding{
		Profiles: u, Consents: u, Customers: u, Mirror: u, Welcomes: u,
		Log: slog.New(slog.NewJSONHandler(log, nil)).With("service", "post-confirmation"), Now: time.Now,
	}
}

func google() onboard.User {
	return onboard.User{PoolID: "us-east-2_X", Username: "Google_1084", Attributes: map[string]string{
		"sub": "u1", "email": "Ada@gmail.com", "name": "Ada", "picture": "https://example.com/a.png", "cognito:user_status": "EXTERNAL_PROVIDER",
	}}
}

const (
	didProfile  = "profile u1 ada@gmail.com Ada https://example.com/a.png"
	didConsent  = "consent u1 Google_1084"
	didCustomer = "customer u1 ada@gmail.com fresh"
	didMirror   = "mirror us-east-2_X Google_1084 cus_1"
	didWelcome  = "welcome u1"
)

// codes lists the code of each line logged, sorted.
func codes(t *testing.T, log *bytes.Buffer) []string {
	t.Helper()
	var out []string
	for line := range strings.Lines(log.String()) {
		var l struct{ Code string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		out = append(out, l.Code)
	}
	slices.Sort(out)
	return out
}

func TestRunDoesEverything(t *testing.T) {
	t.Parallel()
	var u upstreams
	var log bytes.Buffer
	u.onboarding(&log).Run(t.Context(), google())
	if diff := cmp.Diff([]string{didConsent, didCustomer, didMirror, didProfile, didWelcome}, u.sorted()); diff != "" {
		t.Errorf("done (-want +got):\n%s", diff)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s, want nothing", log.String())
	}
}

func TestRunLeavesAMirrorThatIsRight(t *testing.T) {
	t.Parallel()
	user := google()
	user.Attributes["custom:stripe_customer_id"] = "cus_1"
	var u upstreams
	u.onboarding(new(bytes.Buffer)).Run(t.Context(), user)
	if slices.Contains(u.sorted(), didMirror) {
		t.Errorf("did %q, though the attribute is right already", u.sorted())
	}
}

func TestRunWelcomesNoStranger(t *testing.T) {
	t.Parallel()
	for verified, want := range map[string]bool{"true": true, "false": false, "": true} {
		user := google()
		user.Attributes["email_verified"] = verified
		var u upstreams
		u.onboarding(new(bytes.Buffer)).Run(t.Context(), user)
		if got := slices.Contains(u.sorted(), didWelcome); got != want {
			t.Errorf("email_verified %q of Google: welcomed is %v, want %v", verified, got, want)
		}
	}
}

func TestRunWithoutASubDoesNothing(t *testing.T) {
	t.Parallel()
	var u upstreams
	var log bytes.Buffer
	u.onboarding(&log).Run(t.Context(), onboard.User{Username: "x", Attributes: map[string]string{"email": "ada@example.com"}})
	if len(u.sorted()) > 0 {
		t.Errorf("did %q, want nothing", u.sorted())
	}
	if diff := cmp.Diff([]string{"EVENT_MALFORMED"}, codes(t, &log)); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}

// never answers and does not heed its context.
func never(block chan struct{}) func(context.Context) error {
	return func(context.Context) error {
		<-block
		return nil
	}
}

// slow answers after six seconds, or when its context ends.
func slow(ctx context.Context) error {
	select {
	case <-time.After(6 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestRunSuffersOneStepAlone(t *testing.T) {
	t.Parallel()
	refuse := func(context.Context) error {
		return fault.New(fault.Unavailable, "UPSTREAM_UNAVAILABLE", "").With(errors.New("503"))
	}
	burst := func(context.Context) error { panic("assignment to nil map") }
	all := []string{didConsent, didCustomer, didMirror, didProfile, didWelcome}
	without := func(lost ...string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(lost, s) })
	}
	steps := []struct {
		step, code, metric string
		want               []string
	}{
		{"profile", "PROFILE_PENDING", "ProfilePending", without(didProfile)},
		{"consent", "CONSENT_PENDING", "ConsentPending", without(didConsent)},
		{"customer", "CUSTOMER_PENDING", "CustomerPending", without(didCustomer, didMirror)},
		{"mirror", "MIRROR_PENDING", "MirrorPending", without(didMirror)},
		{"welcome", "WELCOME_LOST", "WelcomeLost", without(didWelcome)},
	}
	troubles := map[string]func(context.Context) error{"is refused": refuse, "panics": burst, "takes six seconds": slow}
	for _, s := range steps {
		for how, trouble := range troubles {
			t.Run(s.step+" "+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					u := upstreams{trouble: map[string]func(context.Context) error{s.step: trouble}}
					var log bytes.Buffer
					ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
					defer stop()
					start := time.Now()
					u.onboarding(&log).Run(ctx, google())
					if took := time.Since(start); took > 3600*time.Millisecond {
						t.Errorf("Run took %s", took)
					}
					if diff := cmp.Diff(s.want, u.sorted()); diff != "" {
						t.Errorf("done (-want +got):\n%s", diff)
					}
					if diff := cmp.Diff([]string{s.code}, codes(t, &log)); diff != "" {
						t.Errorf("codes (-want +got):\n%s", diff)
					}
					checkMetric(t, log.Bytes(), s.metric)
				})
			})
		}
	}
}

// checkMetric holds a log line against CloudWatch's embedded metric format.
func checkMetric(t *testing.T, line []byte, metric string) {
	t.Helper()
	var l struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	var members map[string]any
	if err := errors.Join(json.Unmarshal(line, &l), json.Unmarshal(line, &members)); err != nil {
		t.Fatalf("line %s: %v", line, err)
	}
	if len(l.AWS.CloudWatchMetrics) != 1 || len(l.AWS.CloudWatchMetrics[0].Metrics) != 1 {
		t.Fatalf("line %s has no metric", line)
	}
	m := l.AWS.CloudWatchMetrics[0]
	if m.Namespace != "CallAnalyst" || m.Metrics[0].Name != metric || m.Metrics[0].Unit != "Count" || members[metric] != 1.0 {
		t.Errorf("metric is %+v = %v, want one %s", m, members[metric], metric)
	}
	for _, d := range m.Dimensions[0] {
		if _, ok := members[d].(string); !ok {
			t.Errorf("dimension %s is no member of %s", d, line)
		}
	}
	if l.AWS.Timestamp != time.Now().UnixMilli() {
		t.Errorf("timestamp is %d, want %d", l.AWS.Timestamp, time.Now().UnixMilli())
	}
}

func TestRunAnswersInTime(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		left, want time.Duration // until the deadline; at most this long
	}{
		{name: "with all of the time", left: 5 * time.Second, want: 3520 * time.Millisecond},
		{name: "after a cold start", left: 3 * time.Second, want: 2520 * time.Millisecond},
		{name: "with 100 ms left", left: 100 * time.Millisecond, want: 95 * time.Millisecond},
		{name: "with no time left", left: 0, want: 20 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				block := make(chan struct{})
				u := upstreams{trouble: map[string]func(context.Context) error{"customer": never(block), "mirror": never(block)}}
				var log bytes.Buffer
				ctx, stop := context.WithTimeout(t.Context(), tt.left)
				defer stop()
				start := time.Now()
				u.onboarding(&log).Run(ctx, google())
				if took := time.Since(start); took > tt.want {
					t.Errorf("Run took %s, want at most %s", took, tt.want)
				}
				if got := u.sorted(); !slices.Equal(got, []string{didConsent, didProfile, didWelcome}) {
					t.Errorf("done %q, want all that does not hang", got)
				}
				if diff := cmp.Diff([]string{"ONBOARDING_CUT_OFF"}, codes(t, &log)); diff != "" {
					t.Errorf("codes (-want +got):\n%s", diff)
				}
				close(block)
			})
		})
	}
}

func TestRunWithoutADeadlineHasOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := upstreams{trouble: map[string]func(context.Context) error{"customer": slow}}
		start := time.Now()
		u.onboarding(new(bytes.Buffer)).Run(t.Context(), google())
		if took := time.Since(start); took != 3500*time.Millisecond {
			t.Errorf("Run took %s, want 3.5s", took)
		}
	})
}
