package mail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/mail"
)

var errKey = errors.New("the key is not to be had")

// decrypter reads codes of the form "pool:plaintext".
type decrypter struct{ err error }

func (d decrypter) Decrypt(_ context.Context, poolID, code string) (string, error) {
	if d.err != nil {
		return "", d.err
	}
	plaintext, ok := strings.CutPrefix(code, poolID+":")
	if !ok {
		return "", errKey
	}
	return plaintext, nil
}

func newCodes(t *testing.T) (*world, *mail.Codes) {
	t.Helper()
	w := newWorld(t)
	return w, &mail.Codes{Decrypter: decrypter{}, Pages: w.pages, Outbox: w.outbox}
}

// request asks for a source's mail.
func request(source, plaintext string) mail.Request {
	r := mail.Request{
		Source: "CustomEmailSender_" + source, PoolID: pool,
		Attributes: map[string]string{"sub": "s1", "email": reader, "email_verified": "true", "name": "Ada"},
	}
	if plaintext != "" {
		r.Code = pool + ":" + plaintext
	}
	return r
}

func TestCodesSendsEachOfCognitosMails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source, plaintext string
		tag               string
		subject           string
		html, text        string
	}{
		{source: "SignUp", plaintext: secret, tag: "sign-up", subject: "Confirm your e-mail address", html: ">" + secret + "<", text: "\n    " + secret + "\n"},
		{source: "ResendCode", plaintext: secret, tag: "resend-code", subject: "Your new confirmation code", html: ">" + secret + "<", text: "\n    " + secret + "\n"},
		{source: "Authentication", plaintext: secret, tag: "sign-in", subject: "Your sign-in code", html: ">" + secret + "<", text: "\n    " + secret + "\n"},
		{source: "ForgotPassword", plaintext: secret, tag: "forgot-password", subject: "Reset your password", html: ">" + secret + "<", text: "\n    " + secret + "\n"},
		{source: "UpdateUserAttribute", plaintext: secret, tag: "update-attribute", subject: "Confirm your new e-mail address", html: ">" + secret + "<", text: "\n    " + secret + "\n"},
		{source: "VerifyUserAttribute", plaintext: secret, tag: "verify-attribute", subject: "Confirm your e-mail address", html: ">" + secret + "<", text: "\n    " + secret + "\n"},
		{source: "AdminCreateUser", plaintext: "&lt;Tmp-Passw0rd&gt;&amp;", tag: "admin-create-user", subject: "Your Call Analyst account", html: ">&lt;Tmp-Passw0rd&gt;&amp;<", text: "\n    <Tmp-Passw0rd>&\n"},
		{source: "AccountTakeOverNotification", tag: "take-over", subject: "Was it you who tried to sign in?", html: "Was it you?", text: "looked unusual"},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			t.Parallel()
			w, codes := newCodes(t)
			for i, want := range []mail.Outcome{mail.Sent, mail.Duplicate} {
				if got, err := codes.Send(t.Context(), request(tt.source, tt.plaintext)); got != want || err != nil {
					t.Fatalf("run %d: Send = %q, %v, want %q", i+1, got, err, want)
				}
			}
			sent := w.ses.Messages()
			if len(sent) != 1 {
				t.Fatalf("%d mails, want 1", len(sent))
			}
			m := sent[0]
			if m.To[0] != reader || m.Subject != tt.subject || m.ConfigurationSet != "auth" || m.Tags["mail"][0] != tt.tag {
				t.Errorf("mail %q to %v by set %q with tags %v", m.Subject, m.To, m.ConfigurationSet, m.Tags)
			}
			if !strings.Contains(m.HTML, tt.html) {
				t.Errorf("HTML lacks %q", tt.html)
			}
			if !strings.Contains(m.Text, tt.text) {
				t.Errorf("text lacks %q:\n%s", tt.text, m.Text)
			}
		})
	}
}

// TestCodesLeavesEntitiesOfCodesAlone shows that only temporary passwords come
// escaped: a code that looks like an entity is shown as it is.
func TestCodesLeavesEntitiesOfCodesAlone(t *testing.T) {
	t.Parallel()
	w, codes := newCodes(t)
	if _, err := codes.Send(t.Context(), request("SignUp", "&lt;1")); err != nil {
		t.Fatal(err)
	}
	if text := w.ses.Messages()[0].Text; !strings.Contains(text, "    &lt;1\n") {
		t.Errorf("text shows another code:\n%s", text)
	}
}

func TestCodesGreetsOnlyWhoeverOwnsTheAddress(t *testing.T) {
	t.Parallel()
	for verified, want := range map[string]string{"true": "Hello Ada,", "false": "Hello,", "": "Hello,"} {
		w, codes := newCodes(t)
		r := request("SignUp", secret)
		r.Attributes["email_verified"] = verified
		if _, err := codes.Send(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := strings.Cut(w.ses.Messages()[0].Text, "\n"); got != want {
			t.Errorf("with email_verified %q the mail begins %q, want %q", verified, got, want)
		}
	}
}

func TestCodesRefuses(t *testing.T) {
	t.Parallel()
	without := func(r mail.Request, change func(*mail.Request)) mail.Request {
		change(&r)
		return r
	}
	tests := []struct {
		name    string
		request mail.Request
		outcome mail.Outcome
		want    error
	}{
		{name: "a source nobody knows is left alone", request: request("Telegram", secret), outcome: mail.Ignored},
		{name: "a source of another trigger is left alone", request: without(request("", secret), func(r *mail.Request) { r.Source = "PostConfirmation_ConfirmSignUp" }), outcome: mail.Ignored},
		{name: "no source is left alone", request: without(request("", secret), func(r *mail.Request) { r.Source = "" }), outcome: mail.Ignored},
		{name: "no code", request: request("SignUp", ""), want: mail.ErrNoCode},
		{name: "no address", request: without(request("SignUp", secret), func(r *mail.Request) { delete(r.Attributes, "email") }), want: mail.ErrAddress},
		{name: "no attributes", request: without(request("SignUp", secret), func(r *mail.Request) { r.Attributes = nil }), want: mail.ErrAddress},
		{name: "an address that is a list", request: without(request("SignUp", secret), func(r *mail.Request) { r.Attributes = map[string]string{"email": "a@b.c,d@e.f"} }), want: mail.ErrAddress},
		{name: "another pool's code", request: without(request("SignUp", secret), func(r *mail.Request) { r.PoolID = "us-east-2_Other" }), want: errKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, codes := newCodes(t)
			got, err := codes.Send(t.Context(), tt.request)
			if got != tt.outcome || !errors.Is(err, tt.want) {
				t.Errorf("Send = %q, %v, want %q, %v", got, err, tt.outcome, tt.want)
			}
			if err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "@")) {
				t.Errorf("error %q tells the code or the address", err)
			}
			if n := len(w.ses.Messages()); n != 0 {
				t.Errorf("%d mails were sent", n)
			}
		})
	}
}

func TestCodesTriesAgainOnceTheKeyIsBack(t *testing.T) {
	t.Parallel()
	w, codes := newCodes(t)
	codes.Decrypter = decrypter{err: errKey}
	if _, err := codes.Send(t.Context(), request("SignUp", secret)); !errors.Is(err, errKey) {
		t.Fatalf("Send without the key: error = %v, want its own", err)
	}
	codes.Decrypter = decrypter{}
	if got, err := codes.Send(t.Context(), request("SignUp", secret)); got != mail.Sent || err != nil || len(w.ses.Messages()) != 1 {
		t.Errorf("Send with the key = %q, %v, want sent", got, err)
	}
}

func TestCodesTellsMailsApart(t *testing.T) {
	t.Parallel()
	w, codes := newCodes(t)
	other := request("AccountTakeOverNotification", "")
	other.Attributes["sub"] = "s2"
	for i, r := range []mail.Request{
		request("SignUp", "111111"), request("ResendCode", "222222"),
		request("AccountTakeOverNotification", ""), other,
	} {
		if got, err := codes.Send(t.Context(), r); got != mail.Sent || err != nil {
			t.Errorf("mail %d: Send = %q, %v, want sent", i+1, got, err)
		}
	}
	warn := request("AccountTakeOverNotification", "")
	w.clock.Add(59 * time.Minute)
	if got, err := codes.Send(t.Context(), warn); got != mail.Duplicate || err != nil {
		t.Errorf("a second warning within the hour = %q, %v, want duplicate", got, err)
	}
	w.clock.Add(time.Minute)
	if got, err := codes.Send(t.Context(), warn); got != mail.Sent || err != nil {
		t.Errorf("a warning an hour later = %q, %v, want sent", got, err)
	}
}
