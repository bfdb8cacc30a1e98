package hook_test

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	svix "github.com/svix/svix-webhooks/go"

	"callanalyst/pkg/notetaker/hook"
)

// The vendors' own known answers.
const (
	recallSecret = "whsec_plJ3nmyCDGBKInavdOK15jsl"
	recallBody   = `{"event_type":"ping","data":{"success":true}}`
	recallAnswer = "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
	svixSecret   = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
)

func recallHeader(prefix string) http.Header {
	h := http.Header{}
	h.Set(prefix+"Id", "msg_loFOjxBNrRLzqYUf")
	h.Set(prefix+"Timestamp", "1731705121")
	h.Set(prefix+"Signature", recallAnswer)
	return h
}

func keys(t testing.TB, secrets ...string) hook.Keys {
	t.Helper()
	k, err := hook.ParseKeys(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestVerify(t *testing.T) {
	t.Parallel()
	signed := time.Unix(1731705121, 0)
	tests := []struct {
		name    string
		secrets []string
		change  func(http.Header)
		body    string
		now     time.Time
		want    error
	}{
		{name: "the vendor's known answer"},
		{name: "under either of two secrets", secrets: []string{svixSecret, recallSecret}},
		{name: "under another secret", secrets: []string{svixSecret}, want: hook.ErrSignature},
		{name: "one byte of the body changed", body: strings.Replace(recallBody, "true", "tru3", 1), want: hook.ErrSignature},
		{name: "no body", body: " ", want: hook.ErrSignature},
		{name: "another id", change: func(h http.Header) { h.Set("Webhook-Id", "msg_2") }, want: hook.ErrSignature},
		{name: "another time", change: func(h http.Header) { h.Set("Webhook-Timestamp", "1731705122") }, want: hook.ErrSignature},
		{name: "five minutes old", now: signed.Add(5 * time.Minute)},
		{name: "older than that", now: signed.Add(5*time.Minute + time.Second), want: hook.ErrSignature},
		{name: "five minutes ahead", now: signed.Add(-5 * time.Minute)},
		{name: "further ahead than that", now: signed.Add(-5*time.Minute - time.Second), want: hook.ErrSignature},
		{name: "behind signatures of other versions", change: func(h http.Header) {
			h.Set("Webhook-Signature", "v1a,AAAA v2,BBBB v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= "+recallAnswer)
		}},
		{name: "joined by commas", change: func(h http.Header) { h.Set("Webhook-Signature", "v1,AAAA, "+recallAnswer) }},
		{name: "its signature under another version", change: func(h http.Header) {
			h.Set("Webhook-Signature", strings.Replace(recallAnswer, "v1,", "v1a,", 1))
		}, want: hook.ErrSignature},
		{name: "its signature cut off", change: func(h http.Header) { h.Set("Webhook-Signature", recallAnswer[:20]) }, want: hook.ErrSignature},
		{name: "an empty signature", change: func(h http.Header) { h.Set("Webhook-Signature", "v1,") }, want: hook.ErrSignature},
		{name: "no signature", change: func(h http.Header) { h.Del("Webhook-Signature") }, want: hook.ErrSignature},
		{name: "no id", change: func(h http.Header) { h.Del("Webhook-Id") }, want: hook.ErrSignature},
		{name: "an empty id", change: func(h http.Header) { h.Set("Webhook-Id", "") }, want: hook.ErrSignature},
		{name: "no time", change: func(h http.Header) { h.Del("Webhook-Timestamp") }, want: hook.ErrSignature},
		{name: "a time in words", change: func(h http.Header) { h.Set("Webhook-Timestamp", "now") }, want: hook.ErrSignature},
		{name: "a time that overflows", change: func(h http.Header) { h.Set("Webhook-Timestamp", "9223372036854775807") }, want: hook.ErrSignature},
		{name: "signatures of several thousand bytes", change: func(h http.Header) { h.Set("Webhook-Signature", strings.Repeat("v1,A ", 2000)+recallAnswer) }, want: hook.ErrSignature},
		{name: "both sets of headers", change: func(h http.Header) { h.Set("Svix-Id", "msg_loFOjxBNrRLzqYUf") }, want: hook.ErrSignature},
		{name: "a second id", change: func(h http.Header) { h.Add("Webhook-Id", "msg_2") }, want: hook.ErrSignature},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, prefix := range []string{"Webhook-", "Svix-"} {
				if prefix == "Svix-" && tt.change != nil {
					continue
				}
				h := recallHeader(prefix)
				if tt.change != nil {
					tt.change(h)
				}
				secrets, body, now := tt.secrets, tt.body, tt.now
				if secrets == nil {
					secrets = []string{recallSecret}
				}
				if body == "" {
					body = recallBody
				}
				if now.IsZero() {
					now = signed
				}
				id, err := keys(t, secrets...).Verify(h, []byte(body), now)
				if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
					t.Errorf("Verify under %s headers %v = %v, want %v", prefix, h, err, tt.want)
				}
				if err == nil && id != "msg_loFOjxBNrRLzqYUf" {
					t.Errorf("id = %q", id)
				}
			}
		})
	}
}

func TestSvixKnownAnswer(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	h.Set("Svix-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("Svix-Timestamp", "1614265330")
	h.Set("Svix-Signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	if _, err := keys(t, svixSecret).Verify(h, []byte(`{"test": 2432232314}`), time.Unix(1614265330, 0)); err != nil {
		t.Errorf("Verify = %v, want the vendor's own example accepted", err)
	}
}

func TestSecretsThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]string{nil, {""}, {"whsec_"}, {"plJ3nmyCDGBKInavdOK15jsl"}, {"whsec_%%%"}, {"whsec_c2hvcnQ="}, {recallSecret, ""}} {
		if _, err := hook.ParseKeys(secrets); !errors.Is(err, hook.ErrNoSecret) {
			t.Errorf("ParseKeys(%q) = %v, want ErrNoSecret", secrets, err)
		}
	}
	if _, err := (hook.Keys{}).Verify(recallHeader("Webhook-"), []byte(recallBody), time.Unix(1731705121, 0)); !errors.Is(err, hook.ErrNoSecret) {
		t.Errorf("without keys: %v, want ErrNoSecret", err)
	}
}

// FuzzVerify lets Svix's own library judge each message as well: whatever we
// accept it must accept, and what we sign it must accept.
func FuzzVerify(f *testing.F) {
	f.Add("msg_1", "1731705121", recallAnswer, recallBody)
	f.Add("msg_loFOjxBNrRLzqYUf", "1731705121", "v1a,x "+recallAnswer, recallBody)
	f.Add("", "-1", "v1,", "")
	judge, err := svix.NewWebhook(recallSecret)
	if err != nil {
		f.Fatal(err)
	}
	ours := keys(f, recallSecret)
	f.Fuzz(func(t *testing.T, id, stamp, signatures, body string) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signatures}}
		seconds, _ := strconv.ParseInt(stamp, 10, 64)
		if _, err := ours.Verify(h, []byte(body), time.Unix(seconds, 0)); err == nil {
			if err := judge.VerifyIgnoringTimestamp([]byte(body), h); err != nil && !strings.Contains(signatures, ", ") {
				t.Errorf("accepted what Svix refuses: %v\n%v", err, h)
			}
		}
		if id == "" {
			return
		}
		mine := http.Header{}
		ours.Sign(mine, id, time.Unix(1731705121, 0), []byte(body))
		if err := judge.VerifyIgnoringTimestamp([]byte(body), mine); err != nil {
			t.Errorf("Svix refuses what we sign: %v", err)
		}
	})
}
