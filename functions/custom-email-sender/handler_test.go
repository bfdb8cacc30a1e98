package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/mail"
	"callanalyst/pkg/mail/emailcode"
)

func TestEachSourceIsMailed(t *testing.T) {
	t.Parallel()
	tests := []struct{ source, plaintext, subject, text string }{
		{source: "SignUp", plaintext: "482915", subject: "Confirm your e-mail address", text: "    482915\n"},
		{source: "ResendCode", plaintext: "482916", subject: "Your new confirmation code", text: "    482916\n"},
		{source: "Authentication", plaintext: "70318264", subject: "Your sign-in code", text: "    70318264\n"},
		{source: "ForgotPassword", plaintext: "482917", subject: "Reset your password", text: "    482917\n"},
		{source: "UpdateUserAttribute", plaintext: "482918", subject: "Confirm your new e-mail address", text: "    482918\n"},
		{source: "VerifyUserAttribute", plaintext: "482919", subject: "Confirm your e-mail address", text: "    482919\n"},
		{source: "AdminCreateUser", plaintext: "Qm7&lt;vT4k&amp;9Zp", subject: "Your Call Analyst account", text: "    Qm7<vT4k&9Zp\n"},
		{source: "AccountTakeOverNotification", subject: "Was it you who tried to sign in?", text: "looked unusual"},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "4829", "70318264", "Qm7")
			fn := w.start(t)
			event := w.event(t, tt.source, pool, tt.plaintext)
			for range 2 {
				must(t, fn, event)
			}
			sent := w.aws.SES.Messages()
			if len(sent) != 1 {
				t.Fatalf("%d mails, want 1", len(sent))
			}
			m := sent[0]
			if m.To[0] != reader || m.Subject != tt.subject || m.ConfigurationSet != "auth" || m.From != "Call Analyst <hello@callanalyst.app>" {
				t.Errorf("mail %q from %s by set %q", m.Subject, m.From, m.ConfigurationSet)
			}
			if !strings.Contains(m.Text, tt.text) || !strings.HasPrefix(m.Text, "Hello Dana Reyes,") {
				t.Errorf("text lacks %q or its greeting:\n%s", tt.text, m.Text)
			}
			if !strings.Contains(w.log.String(), `"outcome":"sent"`) || !strings.Contains(w.log.String(), `"outcome":"duplicate"`) {
				t.Errorf("the log tells no outcomes:\n%s", w.log)
			}
		})
	}
}

func TestThreeTriggersAtOnceSendOneMail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "482915")
	event := w.event(t, "SignUp", pool, "482915")
	var wg sync.WaitGroup
	errs := make([]error, 3)
	for i := range 3 {
		fn := w.start(t) // Cognito's retries come to other environments
		wg.Go(func() { _, errs[i] = fn(t.Context(), event) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil && !errors.Is(err, mail.ErrInFlight) {
			t.Errorf("run %d: error = %v, want none or ErrInFlight", i, err)
		}
	}
	if n := len(w.aws.SES.Messages()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
	must(t, w.start(t), event)
	if n := len(w.aws.SES.Messages()); n != 1 {
		t.Errorf("%d mails after a later run, want still 1", n)
	}
}

// The fault matrix: an error surfaces, so that Lambda tries again; it tells the
// code of what went wrong and nothing else; and the next try sends the mail.
func TestAFailureSurfacesAndTheNextTrySends(t *testing.T) {
	t.Parallel()
	const plaintext = "482915"
	tests := []struct {
		name  string
		fault func(*world)
		mend  func(*world)
		want  error
	}{
		{name: "KMS denies the key", want: emailcode.ErrUnavailable,
			fault: func(w *world) {
				w.aws.KMS.Faults.Fail("Decrypt", -1, &awstest.Error{Code: "AccessDeniedException", Message: "no"})
			},
			mend: func(w *world) { w.aws.KMS.Faults.Clear() }},
		{name: "KMS throttles", want: emailcode.ErrUnavailable,
			fault: func(w *world) { w.aws.KMS.Faults.Fail("Decrypt", -1, &awstest.Error{Code: "ThrottlingException"}) },
			mend:  func(w *world) { w.aws.KMS.Faults.Clear() }},
		{name: "SES throttles", want: mail.ErrUnavailable,
			fault: func(w *world) {
				w.aws.SES.Faults.Fail("SendEmail", -1, &awstest.Error{Code: "TooManyRequestsException", Status: http.StatusTooManyRequests})
			},
			mend: func(w *world) { w.aws.SES.Faults.Clear() }},
		{name: "SES knows the sender no more", want: mail.ErrRejected,
			fault: func(w *world) { w.aws.SES.Unverify("callanalyst.app") },
			mend: func(w *world) {
				w.aws.SES.Faults.Clear()
				_ = w.aws.SES.DeleteEmailIdentity(t.Context(), awstest.IdentityRef{EmailIdentity: "callanalyst.app"})
				_, _ = w.aws.SES.CreateEmailIdentity(t.Context(), awstest.IdentityRef{EmailIdentity: "callanalyst.app"})
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, plaintext)
			fn := w.start(t)
			event := w.event(t, "SignUp", pool, plaintext)
			tt.fault(w)
			_, err := fn(t.Context(), event)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error = %v, want %v", err, tt.want)
			}
			if text := err.Error(); strings.ContainsAny(text, " @:") {
				t.Errorf("Lambda is told %q, want a bare code", text)
			}
			if n := len(w.aws.SES.Messages()); n != 0 {
				t.Errorf("%d mails in spite of the error", n)
			}
			tt.mend(w)
			must(t, fn, event)
			if n := len(w.aws.SES.Messages()); n != 1 {
				t.Errorf("%d mails after the next try, want 1", n)
			}
		})
	}
}

func TestAPoolsCodeGoesToNobodyElse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name             string
		configured, made string
	}{
		{name: "the code was made for another pool", made: "us-east-2_Foreign01"},
		{name: "event and code are of a pool that is not ours", configured: "us-east-2_Ours00001", made: pool},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, "482915")
			w.env["USER_POOL_ID"] = tt.configured
			_, err := w.start(t)(t.Context(), w.event(t, "SignUp", tt.made, "482915"))
			if !errors.Is(err, emailcode.ErrPool) || len(w.aws.SES.Messages()) != 0 {
				t.Errorf("error = %v, %d mails, want ErrPool and none", err, len(w.aws.SES.Messages()))
			}
		})
	}
}

func TestAnUnknownSourceIsAcknowledged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "482915")
	must(t, w.start(t), w.event(t, "Telegram", pool, "482915"))
	if len(w.aws.SES.Messages()) != 0 || !strings.Contains(w.log.String(), `"source":"CustomEmailSender_Telegram","outcome":"ignored"`) {
		t.Errorf("%d mails, want none and a line about it:\n%s", len(w.aws.SES.Messages()), w.log)
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	fn := w.start(t)
	tests := []struct{ name, event, code string }{
		{name: "nothing", event: ``, code: "INVALID_EVENT"},
		{name: "half an object", event: `{"triggerSource":`, code: "INVALID_EVENT"},
		{name: "a list", event: `[1]`, code: "INVALID_EVENT"},
		{name: "attributes that are no texts", event: `{"triggerSource":"CustomEmailSender_SignUp","request":{"userAttributes":{"email":7}}}`, code: "INVALID_EVENT"},
		{name: "no code", event: `{"triggerSource":"CustomEmailSender_SignUp","request":{"code":null,"userAttributes":{"email":"` + reader + `"}}}`, code: "CODE_MISSING"},
		{name: "a code in the clear", event: `{"triggerSource":"CustomEmailSender_SignUp","request":{"code":"48291","userAttributes":{"email":"` + reader + `"}}}`, code: "CODE_MALFORMED"},
		{name: "no address", event: `{"triggerSource":"CustomEmailSender_SignUp","request":{"code":"AYAD"}}`, code: "MAIL_ADDRESS"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fn(t.Context(), json.RawMessage(tt.event))
			if err == nil || err.Error() != tt.code {
				t.Errorf("error = %v, want %s", err, tt.code)
			}
		})
	}
	if n := len(w.aws.SES.Messages()); n != 0 {
		t.Errorf("%d mails were sent", n)
	}
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  map[string]string // changes; "" takes a setting away
		says []string
	}{
		{name: "all that must be there", env: map[string]string{"CODE_KEY_ARN": "", "TABLE_MAILS": "", "TABLE_SUPPRESSIONS": "", "AWS_ACCESS_KEY_ID": ""},
			says: []string{"CODE_KEY_ARN", "TABLE_MAILS", "TABLE_SUPPRESSIONS", "AWS_ACCESS_KEY_ID"}},
		{name: "a key that is no ARN", env: map[string]string{"CODE_KEY_ARN": "alias/"}, says: []string{"CODE_KEY_ARN must be the ARN of a KMS key"}},
		{name: "a site that is no address", env: map[string]string{"SITE_URL": "callanalyst.app"}, says: []string{"SITE_URL must be an absolute http or https address"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for name, value := range tt.env {
				w.env[name] = value
			}
			_, _, err := w.process(t)
			if !errors.Is(err, boot.ErrConfiguration) {
				t.Fatalf("Start: error = %v, want ErrConfiguration", err)
			}
			for _, s := range tt.says {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("error %q does not say %q", err, s)
				}
			}
		})
	}
}

func BenchmarkHandler(b *testing.B) {
	w := newWorld(b)
	fn := w.start(b)
	for b.Loop() {
		b.StopTimer()
		event := w.event(b, "SignUp", pool, "482915")
		b.StartTimer()
		must(b, fn, event)
	}
}
