package billing_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"callanalyst/pkg/billing"
	"callanalyst/pkg/boot"
	"callanalyst/pkg/fault"
)

var signedAt = time.Unix(1800000000, 0)

// sign is a second implementation of Stripe's signature, so that the stand-in's
// is not its own judge.
func sign(body, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return hex.EncodeToString(mac.Sum(nil))
}

func signatures(secrets ...string) *billing.Signatures {
	return &billing.Signatures{Secrets: billing.FixedWebhooks(secrets...), Now: func() time.Time { return signedAt }}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	const body = `{"id":"evt_1"}`
	stamp := func(at time.Time) string { return fmt.Sprintf("t=%d", at.Unix()) }
	v1 := func(secret string, at time.Time) string { return ",v1=" + sign(body, secret, at) }
	good := stamp(signedAt) + v1(whsec, signedAt)
	tests := []struct {
		name   string
		header string
		body   string // of the request; the one signed is always the same
		ok     bool
	}{
		{name: "signed now", header: good, ok: true},
		{name: "signed under the old secret", header: stamp(signedAt) + v1(whsecOld, signedAt), ok: true},
		{name: "signed under both while one is rolled", header: good + v1(whsecOld, signedAt), ok: true},
		{name: "a wrong signature beside the right one", header: stamp(signedAt) + ",v1=" + strings.Repeat("0", 64) + v1(whsec, signedAt), ok: true},
		{name: "no hex beside the right one", header: stamp(signedAt) + ",v1=zz" + v1(whsec, signedAt), ok: true},
		{name: "five minutes old", header: stamp(signedAt.Add(-300*time.Second)) + v1(whsec, signedAt.Add(-300*time.Second)), ok: true},
		{name: "five minutes ahead", header: stamp(signedAt.Add(300*time.Second)) + v1(whsec, signedAt.Add(300*time.Second)), ok: true},
		{name: "a second older than that: a replay", header: stamp(signedAt.Add(-301*time.Second)) + v1(whsec, signedAt.Add(-301*time.Second))},
		{name: "a second further ahead", header: stamp(signedAt.Add(301*time.Second)) + v1(whsec, signedAt.Add(301*time.Second))},
		{name: "a day ahead", header: stamp(signedAt.Add(24*time.Hour)) + v1(whsec, signedAt.Add(24*time.Hour))},
		{name: "no header"},
		{name: "no signature", header: stamp(signedAt)},
		{name: "no time", header: strings.TrimPrefix(v1(whsec, signedAt), ",")},
		{name: "no number for a time", header: "t=now" + v1(whsec, signedAt)},
		{name: "two times, the second of them signed", header: stamp(signedAt.Add(-time.Hour)) + "," + good},
		{name: "another scheme alone", header: stamp(signedAt) + ",v0=" + sign(body, whsec, signedAt)},
		{name: "another secret", header: stamp(signedAt) + v1("whsec_of_somebody_else", signedAt)},
		{name: "a signature over another time", header: stamp(signedAt) + v1(whsec, signedAt.Add(time.Second))},
		{name: "another body", header: good, body: `{"id":"evt_2"}`},
		{name: "a header without end", header: good + strings.Repeat(",v1="+strings.Repeat("0", 64), 100)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			sent := body
			if tt.body != "" {
				sent = tt.body
			}
			err := signatures(whsec, whsecOld).Verify(t.Context(), tt.header, []byte(sent))
			if (err == nil) != tt.ok || (err != nil && !errors.Is(err, billing.ErrSignature)) {
				t.Errorf("Verify(%.100q) = %v, want accepted = %v", tt.header, err, tt.ok)
			}
		})
	}
}

func TestVerifyWithoutAUsableSecretFailsClosed(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]string{nil, {}, {""}, {"whsec_"}, {"sk_test_1"}, {whsec, ""}, {" " + whsec}} {
		for _, signer := range append([]string{""}, secrets...) {
			header := fmt.Sprintf("t=%d,v1=%s", signedAt.Unix(), sign("{}", signer, signedAt))
			err := signatures(secrets...).Verify(t.Context(), header, []byte("{}"))
			if !errors.Is(err, billing.ErrNoSecret) || fault.Of(err).Kind != fault.Internal {
				t.Errorf("secrets %q, signed under %q: %v, want %v", secrets, signer, err, billing.ErrNoSecret)
			}
			for _, s := range secrets {
				if len(s) > 8 && strings.Contains(err.Error(), s) {
					t.Errorf("the error holds a secret: %v", err)
				}
			}
		}
	}
}

func TestVerifyBoundsTheBody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		size int
		want error
	}{{billing.MaxWebhookBody, nil}, {billing.MaxWebhookBody + 1, billing.ErrBodyTooLarge}} {
		body := strings.Repeat("x", tt.size)
		header := fmt.Sprintf("t=%d,v1=%s", signedAt.Unix(), sign(body, whsec, signedAt))
		if err := signatures(whsec).Verify(t.Context(), header, []byte(body)); !errors.Is(err, tt.want) {
			t.Errorf("%d bytes: %v, want %v", tt.size, err, tt.want)
		}
	}
}

// A secret that was rolled is fetched at the first signature that fails, but an
// attacker cannot make us fetch at will.
func TestVerifyFetchesRolledSecretsNowAndThen(t *testing.T) {
	t.Parallel()
	at := signedAt
	stored, fetches := []string{whsecOld}, 0
	v := &billing.Signatures{Now: func() time.Time { return at }, Secrets: func(ctx context.Context, check func(context.Context, []string) error) error {
		err := check(ctx, stored)
		if errors.Is(err, boot.ErrRejected) {
			fetches++
			stored = []string{whsec, whsecOld}
			return check(ctx, stored)
		}
		return err
	}}
	header := func(secret string) string { return fmt.Sprintf("t=%d,v1=%s", at.Unix(), sign("{}", secret, at)) }
	if err := v.Verify(t.Context(), header(whsec), []byte("{}")); err != nil || fetches != 1 {
		t.Fatalf("under the new secret: %v after %d fetches, want accepted after 1", err, fetches)
	}
	for range 50 {
		if err := v.Verify(t.Context(), header("whsec_forged_one"), []byte("{}")); !errors.Is(err, billing.ErrSignature) {
			t.Fatalf("forged: %v", err)
		}
	}
	if fetches != 1 {
		t.Errorf("%d fetches for 50 forgeries within a minute, want 1", fetches)
	}
	at = at.Add(time.Minute)
	if _ = v.Verify(t.Context(), header("whsec_forged_one"), []byte("{}")); fetches != 2 {
		t.Errorf("%d fetches after a minute, want 2", fetches)
	}
}

// FuzzVerify holds the verifier against stripe-go: what it accepts, Stripe's own
// library accepts too, under the same tolerance, and it is never ahead of time.
func FuzzVerify(f *testing.F) {
	good := fmt.Sprintf("t=%d,v1=%s", signedAt.Unix(), sign("{}", whsec, signedAt))
	for _, header := range []string{good, "t=1,t=1", "t=,v1=", "v1=" + strings.Repeat("0", 64), good + "," + good, "t=1800000000", ",,,=,t"} {
		f.Add(header, []byte("{}"))
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		if signatures(whsec).Verify(t.Context(), header, body) != nil {
			return
		}
		if err := webhook.ValidatePayloadWithTolerance(body, header, whsec, time.Since(signedAt)+time.Hour); err != nil {
			t.Errorf("accepted %q over %q, which stripe-go refuses: %v", header, body, err)
		}
		if strings.Count(header, "t=") > 1 && strings.Count(","+header, ",t=") > 1 {
			t.Errorf("accepted a header with several times: %q", header)
		}
	})
}
