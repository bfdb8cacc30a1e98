package suppress_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/mail/suppress"
)

const reader = "ada@example.com"

// The parts of SES's events, as its documentation shows them.
const (
	aboutMail = `"mail":{"timestamp":"2026-11-21T12:00:00.000Z","source":"hello@callanalyst.app","messageId":"0100-m1","destination":["ada@example.com"],` +
		`"headers":[{"name":"Subject","value":"x"}],"tags":{"ses:configuration-set":["auth"],"mail":["sign-up"],"category":["auth"]}}`
	aboutAda = `[{"emailAddress":"ada@example.com","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 ada@example.com unknown"}]`
)

func bounceEvent(kind, sub, recipients string) string {
	return fmt.Sprintf(`{"eventType":"Bounce","bounce":{"feedbackId":"f","bounceType":%q,"bounceSubType":%q,"bouncedRecipients":%s,"timestamp":"2026-11-21T12:00:01.500Z"},%s}`, kind, sub, recipients, aboutMail)
}

func complaintEvent(feedback, sub string) string {
	return fmt.Sprintf(`{"eventType":"Complaint","complaint":{"complainedRecipients":%s,"complaintFeedbackType":%q,"complaintSubType":%s,"timestamp":"2026-11-21T12:00:01.500Z"},%s}`, aboutAda, feedback, sub, aboutMail)
}

func TestParseEvent(t *testing.T) {
	t.Parallel()
	sent := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	told := sent.Add(1500 * time.Millisecond)
	ada := []string{reader}
	tests := []struct {
		name, message string
		want          suppress.Event
	}{
		{name: "delivery", message: `{"eventType":"Delivery","delivery":{"recipients":["ada@example.com"]},` + aboutMail + `}`, want: suppress.Event{Fate: suppress.Delivered, Kind: "Delivery", At: sent}},
		{name: "delay", message: `{"eventType":"DeliveryDelay",` + aboutMail + `}`, want: suppress.Event{Fate: suppress.Deferred, Kind: "DeliveryDelay", At: sent}},
		{name: "reject", message: `{"eventType":"Reject","reject":{"reason":"Bad content"},` + aboutMail + `}`, want: suppress.Event{Fate: suppress.Rejected, Kind: "Reject", At: sent}},
		{name: "a template that SES cannot fill", message: `{"eventType":"Rendering Failure",` + aboutMail + `}`, want: suppress.Event{Fate: suppress.Rejected, Kind: "Rendering Failure", At: sent}},
		{name: "a kind of tomorrow", message: `{"eventType":"Subscription",` + aboutMail + `}`, want: suppress.Event{Fate: suppress.Unjudged, Kind: "Subscription", At: sent}},
		{name: "hard bounce", message: bounceEvent("Permanent", "General", aboutAda), want: suppress.Event{Fate: suppress.Bounced, Kind: "Permanent/General", At: told, Addresses: ada}},
		{name: "an address with a name", message: bounceEvent("Permanent", "NoEmail", `[{"emailAddress":"Ada L <ada@example.com>"}]`), want: suppress.Event{Fate: suppress.Bounced, Kind: "Permanent/NoEmail", At: told, Addresses: ada}},
		{name: "on SES's own list", message: bounceEvent("Permanent", "OnAccountSuppressionList", aboutAda), want: suppress.Event{Fate: suppress.Bounced, Kind: "Permanent/OnAccountSuppressionList", At: told, Addresses: ada}},
		{name: "a full mailbox may empty", message: bounceEvent("Transient", "MailboxFull", aboutAda), want: suppress.Event{Fate: suppress.Deferred, Kind: "Transient/MailboxFull", At: told}},
		{name: "a bounce that nobody understands", message: bounceEvent("Undetermined", "Undetermined", aboutAda), want: suppress.Event{Fate: suppress.Deferred, Kind: "Undetermined/Undetermined", At: told}},
		{name: "complaint", message: complaintEvent("abuse", "null"), want: suppress.Event{Fate: suppress.Complained, Kind: "abuse", At: told, Addresses: ada}},
		{name: "praise", message: complaintEvent("not-spam", "null"), want: suppress.Event{Fate: suppress.Unjudged, Kind: "not-spam", At: told}},
		{name: "a complaint of SES's own list", message: complaintEvent("", `"OnAccountSuppressionList"`), want: suppress.Event{Fate: suppress.Bounced, Kind: "OnAccountSuppressionList", At: told, Addresses: ada}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.MessageID, tt.want.Mail = "0100-m1", "sign-up"
			got, err := suppress.ParseEvent(tt.message)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseEvent(%s) (-want +got):\n%s", tt.message, diff)
			}
		})
	}
	got, err := suppress.ParseEvent("Successfully validated SNS topic for Amazon SES event publishing.")
	if err != nil || got.Fate != suppress.Unjudged {
		t.Errorf("SES's greeting = %+v, %v, want nothing of it", got, err)
	}
}

func TestParseEventRefuses(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"", "{", "null", `"ada@example.com"`, `{}`, `{"eventType":"Bounce"}`, `{"eventType":"Bounce","mail":{}}`, `{` + aboutMail + `}`,
		bounceEvent("Permanent", "General", `[]`), bounceEvent("Permanent", "General", `[{"emailAddress":" "}]`),
		strings.Replace(bounceEvent("Permanent", "General", aboutAda), `"2026-11-21T12:00:01.500Z"`, `"ada@example.com"`, 1),
	} {
		_, err := suppress.ParseEvent(message)
		if !errors.Is(err, suppress.ErrEvent) {
			t.Errorf("ParseEvent(%q) = %v, want ErrEvent", message, err)
		}
		if err != nil && strings.Contains(err.Error(), "@") {
			t.Errorf("error %q tells the address", err)
		}
	}
}

// FuzzParseEvent looks for an event about nobody, and for one that panics.
func FuzzParseEvent(f *testing.F) {
	for _, s := range []string{bounceEvent("Permanent", "General", aboutAda), complaintEvent("abuse", "null"), `{"eventType":"Delivery",` + aboutMail + `}`, "Successfully validated SNS topic"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, message string) {
		e, err := suppress.ParseEvent(message)
		stops := e.Fate == suppress.Bounced || e.Fate == suppress.Complained
		if err == nil && stops && (len(e.Addresses) == 0 || e.At.IsZero() || e.MessageID == "") {
			t.Errorf("ParseEvent(%q) = %+v: whom does it stop, and since when?", message, e)
		}
	})
}
