package mail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/mail"
)

func message(change func(*mail.Message)) mail.Message {
	m := mail.Message{Name: "sign-up", To: reader, Page: mail.Page{Subject: "Your code", HTML: "<p>1</p>", Text: "1"}}
	if change != nil {
		change(&m)
	}
	return m
}

func TestSenderSendsByCategory(t *testing.T) {
	t.Parallel()
	unsubscribe := []awstest.Header{{Name: "List-Unsubscribe", Value: "<mailto:support@callanalyst.app?subject=unsubscribe>"}}
	tests := []struct {
		name     string
		category mail.Category
		set      string
		headers  []awstest.Header
	}{
		{name: "a code goes out untracked and cannot be unsubscribed from", category: mail.Auth, set: "auth"},
		{name: "other mail can be unsubscribed from", category: mail.Product, set: "product", headers: unsubscribe},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ses := awstest.NewSES(awstest.Config{Now: func() time.Time { return time.Time{} }})
			id, err := newSender(t, ses).Send(t.Context(), message(func(m *mail.Message) { m.Category = tt.category }))
			if err != nil {
				t.Fatal(err)
			}
			want := []awstest.Message{{
				ID: id, To: []string{reader}, From: "Call Analyst <hello@callanalyst.app>", ReplyTo: []string{"support@callanalyst.app"},
				Subject: "Your code", HTML: "<p>1</p>", Text: "1", ConfigurationSet: tt.set, Headers: tt.headers,
				Tags: map[string][]string{"mail": {"sign-up"}, "category": {tt.category.String()}},
			}}
			if diff := cmp.Diff(want, ses.Messages()); diff != "" {
				t.Errorf("SES got (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSenderKeepsHeadersApart(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, subject, want string }{
		{name: "a header behind a line break", subject: "Hi\r\nBcc: eve@example.com", want: "Hi Bcc: eve@example.com"},
		{name: "a bare line feed", subject: "Hi\nX-A: 1", want: "Hi X-A: 1"},
		{name: "a zero byte and a line separator", subject: "Hi\x00there\u2028now", want: "Hi there now"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ses := awstest.NewSES(awstest.Config{})
			if _, err := newSender(t, ses).Send(t.Context(), message(func(m *mail.Message) { m.Subject = tt.subject })); err != nil {
				t.Fatal(err)
			}
			if got := ses.Messages()[0].Subject; got != tt.want {
				t.Errorf("subject %q was sent as %q, want %q", tt.subject, got, tt.want)
			}
		})
	}
}

func TestSenderWritesToOnePlainAddress(t *testing.T) {
	t.Parallel()
	for _, to := range []string{
		"", "ada", "Ada <ada@example.com>", "ada@example.com, eve@example.com", "ada@example.com\r\nBcc: eve@example.com", " ada@example.com",
	} {
		ses := awstest.NewSES(awstest.Config{})
		_, err := newSender(t, ses).Send(t.Context(), message(func(m *mail.Message) { m.To = to }))
		if !errors.Is(err, mail.ErrAddress) || len(ses.Messages()) != 0 {
			t.Errorf("Send to %q: error = %v, %d mails, want ErrAddress and none", to, err, len(ses.Messages()))
		}
	}
}

func TestSenderTellsRefusalFromTrouble(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, code string
		status     int
		want       error
	}{
		{name: "the sender is not verified", code: "MessageRejected", want: mail.ErrRejected},
		{name: "the set is missing", code: "NotFoundException", status: 404, want: mail.ErrRejected},
		{name: "the account is suspended", code: "AccountSuspendedException", want: mail.ErrRejected},
		{name: "sending is paused", code: "SendingPausedException", want: mail.ErrRejected},
		{name: "the role may not send", code: "AccessDeniedException", status: 403, want: mail.ErrRejected},
		{name: "the rate is exceeded", code: "TooManyRequestsException", status: 429, want: mail.ErrUnavailable},
		{name: "the daily quota is used up", code: "LimitExceededException", want: mail.ErrUnavailable},
		{name: "SES fails", code: "InternalServiceErrorException", status: 500, want: mail.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ses := awstest.NewSES(awstest.Config{})
			sender := newSender(t, ses)
			ses.Faults.Fail("SendEmail", -1, &awstest.Error{Code: tt.code, Message: "not for " + reader, Status: tt.status})
			_, err := sender.Send(t.Context(), message(nil))
			if !errors.Is(err, tt.want) {
				t.Fatalf("Send while SES answers %s: error = %v, want %v", tt.code, err, tt.want)
			}
			if strings.Contains(err.Error(), reader) || !strings.Contains(err.Error(), tt.code) {
				t.Errorf("error %q must name %s and no address", err, tt.code)
			}
		})
	}
}

// hang is an SES that never answers.
type hang struct{}

func (hang) SendEmail(ctx context.Context, _ *sesv2.SendEmailInput, _ ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestSenderGivesUpOnAnSESThatHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := (&mail.Sender{SES: hang{}}).Send(t.Context(), message(nil))
		if !errors.Is(err, mail.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send: error = %v, want ErrUnavailable by the deadline", err)
		}
		if took := time.Since(start); took != 6*time.Second {
			t.Errorf("Send gave up after %v, want 6s", took)
		}
	})
}
