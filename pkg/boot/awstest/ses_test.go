package awstest_test

import (
	"encoding/base64"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/awstest"
)

// newSES returns an SES with the domain callanalyst.app and the sets auth and
// product.
func newSES(t *testing.T) (world, *sesv2.Client) {
	t.Helper()
	w := newWorld(t)
	client := sesv2.NewFromConfig(w.sdk)
	check(client.CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("callanalyst.app")}))(t)
	for _, set := range []string{"auth", "product"} {
		check(client.CreateConfigurationSet(t.Context(), &sesv2.CreateConfigurationSetInput{ConfigurationSetName: &set}))(t)
	}
	return w, client
}

// simple is a mail that SES takes.
func simple(to ...string) *sesv2.SendEmailInput {
	return &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("Call Analyst <hello@callanalyst.app>"), ConfigurationSetName: aws.String("auth"),
		Destination: &types.Destination{ToAddresses: to},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: &types.Content{Data: aws.String("Your code")},
			Body:    &types.Body{Html: &types.Content{Data: aws.String("<p>1</p>")}, Text: &types.Content{Data: aws.String("1")}},
		}},
	}
}

func TestSESKeepsAMailAsItsReaderSeesIt(t *testing.T) {
	t.Parallel()
	w, client := newSES(t)
	in := simple("ada@example.com")
	in.ReplyToAddresses = []string{"support@callanalyst.app"}
	in.EmailTags = []types.MessageTag{{Name: aws.String("mail"), Value: aws.String("sign-up")}}
	in.Content.Simple.Headers = []types.MessageHeader{{Name: aws.String("List-Unsubscribe"), Value: aws.String("<mailto:x@callanalyst.app>")}}
	out := check(client.SendEmail(t.Context(), in))(t)
	w.clock.Add(time.Minute)
	check(client.SendEmail(t.Context(), simple("bob@example.com")))(t)

	got := w.SES.Messages()

	if len(got) != 2 || got[0].To[0] != "bob@example.com" {
		t.Fatalf("Messages = %+v, want two, newest first", got)
	}
	want := awstest.Message{
		ID: *out.MessageId, To: []string{"ada@example.com"}, From: "Call Analyst <hello@callanalyst.app>", ReplyTo: []string{"support@callanalyst.app"},
		Subject: "Your code", HTML: "<p>1</p>", Text: "1", ConfigurationSet: "auth", Tags: map[string][]string{"mail": {"sign-up"}},
		Headers: []awstest.Header{{Name: "List-Unsubscribe", Value: "<mailto:x@callanalyst.app>"}}, At: newClock().Now(),
	}
	if diff := cmp.Diff(want, got[1]); diff != "" {
		t.Errorf("kept mail (-want +got):\n%s", diff)
	}
	w.SES.DeleteMessages()
	if n := len(w.SES.Messages()); n != 0 {
		t.Errorf("%d mails after DeleteMessages, want none", n)
	}
}

func TestSESRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*sesv2.SendEmailInput)
		want   string // code
		says   string
	}{
		{name: "nothing of a good mail", change: func(*sesv2.SendEmailInput) {}},
		{name: "nothing of a subdomain's sender", change: func(in *sesv2.SendEmailInput) { in.FromEmailAddress = aws.String("a@mail.callanalyst.app") }},
		{
			name: "an unverified sender", change: func(in *sesv2.SendEmailInput) { in.FromEmailAddress = aws.String("a@evil.example") }, want: "MessageRejected",
			says: "Email address is not verified. The following identities failed the check in region US-EAST-2: a@evil.example",
		},
		{name: "a sender whose domain only ends alike", change: func(in *sesv2.SendEmailInput) { in.FromEmailAddress = aws.String("a@notcallanalyst.app") }, want: "MessageRejected"},
		{name: "an unknown configuration set", change: func(in *sesv2.SendEmailInput) { in.ConfigurationSetName = aws.String("none") }, want: "NotFoundException", says: "Configuration set <none> does not exist."},
		{name: "no recipient", change: func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = nil }, want: "BadRequestException"},
		{name: "a malformed recipient", change: func(in *sesv2.SendEmailInput) { in.Destination.ToAddresses = []string{"ada"} }, want: "BadRequestException"},
		{name: "a recipient with a header in it", change: func(in *sesv2.SendEmailInput) {
			in.Destination.ToAddresses = []string{"ada@example.com\r\nBcc: x@y.z"}
		}, want: "BadRequestException"},
		{name: "a subject with a header in it", change: func(in *sesv2.SendEmailInput) { in.Content.Simple.Subject.Data = aws.String("Hi\r\nBcc: x@y.z") }, want: "BadRequestException"},
		{name: "a header with a header in it", change: func(in *sesv2.SendEmailInput) {
			in.Content.Simple.Headers = []types.MessageHeader{{Name: aws.String("X-A"), Value: aws.String("1\nX-B: 2")}}
		}, want: "BadRequestException"},
		{name: "no body", change: func(in *sesv2.SendEmailInput) { in.Content.Simple.Body = &types.Body{} }, want: "BadRequestException"},
		{name: "no content", change: func(in *sesv2.SendEmailInput) { in.Content = &types.EmailContent{} }, want: "BadRequestException"},
		{name: "a tag with a space", change: func(in *sesv2.SendEmailInput) {
			in.EmailTags = []types.MessageTag{{Name: aws.String("mail"), Value: aws.String("a b")}}
		}, want: "BadRequestException"},
		{name: "51 recipients", change: func(in *sesv2.SendEmailInput) {
			for i := range 50 {
				in.Destination.ToAddresses = append(in.Destination.ToAddresses, "a"+strconv.Itoa(i)+"@example.com")
			}
		}, want: "BadRequestException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, client := newSES(t)
			in := simple("ada@example.com")
			tt.change(in)
			_, err := client.SendEmail(t.Context(), in)
			if got := codeOf(t, err); got != tt.want || (err != nil && !strings.Contains(err.Error(), tt.says)) {
				t.Fatalf("SendEmail: error = %v, want %q saying %q", err, tt.want, tt.says)
			}
			if kept := len(w.SES.Messages()); (kept == 1) != (tt.want == "") {
				t.Errorf("%d mails kept after error %v", kept, err)
			}
		})
	}
}

func TestSESSandboxDemandsVerifiedRecipients(t *testing.T) {
	t.Parallel()
	w, client := newSES(t)
	w.SES.Sandbox = true
	for to, want := range map[string]string{"ada@example.com": "MessageRejected", "ada@callanalyst.app": "", "success@simulator.amazonses.com": ""} {
		_, err := client.SendEmail(t.Context(), simple(to))
		if got := codeOf(t, err); got != want {
			t.Errorf("SendEmail to %s in the sandbox: error = %v, want %q", to, err, want)
		}
	}
	if check(client.GetAccount(t.Context(), &sesv2.GetAccountInput{}))(t).ProductionAccessEnabled {
		t.Error("GetAccount tells of production access in the sandbox")
	}
}

func TestSESRateIsPerSecondOfTheClock(t *testing.T) {
	t.Parallel()
	w, client := newSES(t)
	w.SES.Rate = 2
	send := func() string {
		_, err := client.SendEmail(t.Context(), simple("ada@example.com"))
		return codeOf(t, err)
	}
	for i, want := range []string{"", "", "TooManyRequestsException", ""} {
		if i == 3 {
			w.clock.Add(time.Second)
		}
		if got := send(); got != want {
			t.Errorf("mail %d: %q, want %q", i+1, got, want)
		}
	}
	quota := check(client.GetAccount(t.Context(), &sesv2.GetAccountInput{}))(t).SendQuota
	if quota.MaxSendRate != 2 || quota.SentLast24Hours != 3 {
		t.Errorf("SendQuota = %+v, want rate 2 and 3 sent", quota)
	}
}

func TestSESReadsRawMail(t *testing.T) {
	t.Parallel()
	html := base64.StdEncoding.EncodeToString([]byte("<p>héllo</p>"))
	tests := []struct {
		name, raw string
		want      awstest.Message
		code      string
	}{
		{
			name: "plain text",
			raw:  "From: hello@callanalyst.app\r\nTo: Ada <ada@example.com>\r\nSubject: Hi\r\n\r\nbody\r\n",
			want: awstest.Message{From: "hello@callanalyst.app", To: []string{"ada@example.com"}, Subject: "Hi", Text: "body\r\n"},
		},
		{
			name: "alternatives with encodings",
			raw: "From: hello@callanalyst.app\r\nTo: ada@example.com\r\nCc: bob@example.com\r\nSubject: =?utf-8?q?H=C3=AF?=\r\nMIME-Version: 1.0\r\n" +
				"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nh=C3=A9llo\r\n" +
				"--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" + html + "\r\n--x--\r\n",
			want: awstest.Message{From: "hello@callanalyst.app", To: []string{"ada@example.com", "bob@example.com"}, Subject: "Hï", Text: "héllo", HTML: "<p>héllo</p>"},
		},
		{name: "no mail", raw: "nonsense", code: "BadRequestException"},
		{name: "an open part", raw: "From: hello@callanalyst.app\r\nTo: a@b.c\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhi", code: "BadRequestException"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, client := newSES(t)
			_, err := client.SendEmail(t.Context(), &sesv2.SendEmailInput{Content: &types.EmailContent{Raw: &types.RawMessage{Data: []byte(tt.raw)}}})
			if got := codeOf(t, err); got != tt.code {
				t.Fatalf("SendEmail: error = %v, want %q", err, tt.code)
			}
			if tt.code != "" {
				return
			}
			got := w.SES.Messages()[0]
			if diff := cmp.Diff(tt.want, awstest.Message{From: got.From, To: got.To, Subject: got.Subject, Text: got.Text, HTML: got.HTML}); diff != "" {
				t.Errorf("kept mail (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSESIdentities(t *testing.T) {
	t.Parallel()
	w, client := newSES(t)
	if _, err := client.CreateEmailIdentity(t.Context(), &sesv2.CreateEmailIdentityInput{EmailIdentity: aws.String("CallAnalyst.app")}); codeOf(t, err) != "AlreadyExistsException" {
		t.Errorf("CreateEmailIdentity again: error = %v, want AlreadyExistsException", err)
	}
	w.SES.Unverify("callanalyst.app")
	if got := check(client.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("callanalyst.app")}))(t); got.VerifiedForSendingStatus || got.IdentityType != types.IdentityTypeDomain {
		t.Errorf("GetEmailIdentity after Unverify = %+v, want an unverified domain", got)
	}
	if _, err := client.SendEmail(t.Context(), simple("ada@example.com")); codeOf(t, err) != "MessageRejected" {
		t.Errorf("SendEmail from an unverified domain: error = %v, want MessageRejected", err)
	}
	if got := check(client.ListEmailIdentities(t.Context(), &sesv2.ListEmailIdentitiesInput{}))(t).EmailIdentities; len(got) != 1 || got[0].SendingEnabled {
		t.Errorf("ListEmailIdentities = %+v, want one without sending", got)
	}
	check(client.DeleteEmailIdentity(t.Context(), &sesv2.DeleteEmailIdentityInput{EmailIdentity: aws.String("callanalyst.app")}))(t)
	if _, err := client.GetEmailIdentity(t.Context(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("callanalyst.app")}); codeOf(t, err) != "NotFoundException" {
		t.Errorf("GetEmailIdentity of a deleted one: error = %v, want NotFoundException", err)
	}
}

func TestSESConfigurationSets(t *testing.T) {
	t.Parallel()
	_, client := newSES(t)
	if _, err := client.CreateConfigurationSet(t.Context(), &sesv2.CreateConfigurationSetInput{ConfigurationSetName: aws.String("auth")}); codeOf(t, err) != "AlreadyExistsException" {
		t.Errorf("CreateConfigurationSet again: error = %v, want AlreadyExistsException", err)
	}
	check(client.DeleteConfigurationSet(t.Context(), &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: aws.String("auth")}))(t)
	if got := check(client.ListConfigurationSets(t.Context(), &sesv2.ListConfigurationSetsInput{}))(t).ConfigurationSets; !cmp.Equal(got, []string{"product"}) {
		t.Errorf("ListConfigurationSets = %v, want product alone", got)
	}
	if _, err := client.DeleteConfigurationSet(t.Context(), &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: aws.String("auth")}); codeOf(t, err) != "NotFoundException" {
		t.Errorf("DeleteConfigurationSet twice: error = %v, want NotFoundException", err)
	}
}

func TestSESSuppressionList(t *testing.T) {
	t.Parallel()
	w, client := newSES(t)
	address := aws.String("Ada+x@Example.com")
	check(client.PutSuppressedDestination(t.Context(), &sesv2.PutSuppressedDestinationInput{EmailAddress: address, Reason: types.SuppressionListReasonComplaint}))(t)
	got := check(client.GetSuppressedDestination(t.Context(), &sesv2.GetSuppressedDestinationInput{EmailAddress: address}))(t).SuppressedDestination
	if *got.EmailAddress != "ada+x@example.com" || got.Reason != types.SuppressionListReasonComplaint || !got.LastUpdateTime.Equal(w.clock.Now()) {
		t.Errorf("GetSuppressedDestination = %+v, want the address in lower case, its reason, now", got)
	}
	if list := check(client.ListSuppressedDestinations(t.Context(), &sesv2.ListSuppressedDestinationsInput{}))(t).SuppressedDestinationSummaries; len(list) != 1 {
		t.Errorf("ListSuppressedDestinations = %d lines, want 1", len(list))
	}
	check(client.DeleteSuppressedDestination(t.Context(), &sesv2.DeleteSuppressedDestinationInput{EmailAddress: address}))(t)
	if _, err := client.GetSuppressedDestination(t.Context(), &sesv2.GetSuppressedDestinationInput{EmailAddress: address}); codeOf(t, err) != "NotFoundException" {
		t.Errorf("GetSuppressedDestination of a deleted line: error = %v, want NotFoundException", err)
	}
	if _, err := client.DeleteSuppressedDestination(t.Context(), &sesv2.DeleteSuppressedDestinationInput{EmailAddress: address}); codeOf(t, err) != "NotFoundException" {
		t.Errorf("DeleteSuppressedDestination twice: error = %v, want NotFoundException", err)
	}
	if _, err := client.PutSuppressedDestination(t.Context(), &sesv2.PutSuppressedDestinationInput{EmailAddress: address, Reason: "WHIM"}); codeOf(t, err) != "BadRequestException" {
		t.Errorf("PutSuppressedDestination for a whim: error = %v, want BadRequestException", err)
	}
}
