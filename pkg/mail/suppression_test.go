package mail_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/mail"
)

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
		want          mail.Event
	}{
		{name: "delivery", message: `{"eventType":"Delivery","delivery":{"recipients":["ada@example.com"]},` + aboutMail + `}`, want: mail.Event{Fate: mail.Delivered, Kind: "Delivery", At: sent}},
		{name: "delay", message: `{"eventType":"DeliveryDelay",` + aboutMail + `}`, want: mail.Event{Fate: mail.Deferred, Kind: "DeliveryDelay", At: sent}},
		{name: "reject", message: `{"eventType":"Reject","reject":{"reason":"Bad content"},` + aboutMail + `}`, want: mail.Event{Fate: mail.Rejected, Kind: "Reject", At: sent}},
		{name: "a template that SES cannot fill", message: `{"eventType":"Rendering Failure",` + aboutMail + `}`, want: mail.Event{Fate: mail.Rejected, Kind: "Rendering Failure", At: sent}},
		{name: "a kind of tomorrow", message: `{"eventType":"Subscription",` + aboutMail + `}`, want: mail.Event{Fate: mail.Unjudged, Kind: "Subscription", At: sent}},
		{name: "hard bounce", message: bounceEvent("Permanent", "General", aboutAda), want: mail.Event{Fate: mail.Bounced, Kind: "Permanent/General", At: told, Addresses: ada}},
		{name: "an address with a name", message: bounceEvent("Permanent", "NoEmail", `[{"emailAddress":"Ada L <ada@example.com>"}]`), want: mail.Event{Fate: mail.Bounced, Kind: "Permanent/NoEmail", At: told, Addresses: ada}},
		{name: "on SES's own list", message: bounceEvent("Permanent", "OnAccountSuppressionList", aboutAda), want: mail.Event{Fate: mail.Bounced, Kind: "Permanent/OnAccountSuppressionList", At: told, Addresses: ada}},
		{name: "a full mailbox may empty", message: bounceEvent("Transient", "MailboxFull", aboutAda), want: mail.Event{Fate: mail.Deferred, Kind: "Transient/MailboxFull", At: told}},
		{name: "a bounce that nobody understands", message: bounceEvent("Undetermined", "Undetermined", aboutAda), want: mail.Event{Fate: mail.Deferred, Kind: "Undetermined/Undetermined", At: told}},
		{name: "complaint", message: complaintEvent("abuse", "null"), want: mail.Event{Fate: mail.Complained, Kind: "abuse", At: told, Addresses: ada}},
		{name: "praise", message: complaintEvent("not-spam", "null"), want: mail.Event{Fate: mail.Unjudged, Kind: "not-spam", At: told}},
		{name: "a complaint of SES's own list", message: complaintEvent("", `"OnAccountSuppressionList"`), want: mail.Event{Fate: mail.Bounced, Kind: "OnAccountSuppressionList", At: told, Addresses: ada}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.want.MessageID, tt.want.Mail = "0100-m1", "sign-up"
			got, err := mail.ParseEvent(tt.message)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ParseEvent(%s) (-want +got):\n%s", tt.message, diff)
			}
		})
	}
	got, err := mail.ParseEvent("Successfully validated SNS topic for Amazon SES event publishing.")
	if err != nil || got.Fate != mail.Unjudged {
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
		_, err := mail.ParseEvent(message)
		if !errors.Is(err, mail.ErrEvent) {
			t.Errorf("ParseEvent(%q) = %v, want ErrEvent", message, err)
		}
		if err != nil && strings.Contains(err.Error(), "@") {
			t.Errorf("error %q tells the address", err)
		}
	}
}

// list is the world's list, and told an event about the reader.
func (w *world) list() *mail.List {
	return &mail.List{DB: w.db, Table: w.outbox.Suppressions.(*mail.Suppressions).Table, Now: w.clock.Now}
}

func told(fate mail.Fate, after time.Duration) mail.Event {
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC).Add(after)
	return mail.Event{Fate: fate, Kind: string(fate), MessageID: fmt.Sprintf("m-%s-%v", fate, after), At: at, Addresses: []string{"Ada@Example.com "}}
}

// line is the reader's row in suppressions.
func (w *world) line(t *testing.T) map[string]types.AttributeValue {
	t.Helper()
	out, err := w.db.Client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &w.outbox.Suppressions.(*mail.Suppressions).Table,
		Key:       map[string]types.AttributeValue{"email_hash": &types.AttributeValueMemberS{Value: mail.AddressHash(reader)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

func TestKeepStopsMail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fate          mail.Fate
		auth, product mail.Outcome
		undeliverable bool
	}{
		{fate: mail.Bounced, auth: mail.Suppressed, product: mail.Suppressed, undeliverable: true},
		{fate: mail.Complained, auth: mail.Sent, product: mail.Suppressed},
		{fate: mail.Deferred, auth: mail.Sent, product: mail.Sent},
		{fate: mail.Delivered, auth: mail.Sent, product: mail.Sent},
		{fate: mail.Rejected, auth: mail.Sent, product: mail.Sent},
		{fate: mail.Unjudged, auth: mail.Sent, product: mail.Sent},
	}
	for _, tt := range tests {
		t.Run(string(tt.fate), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if err := w.list().Keep(t.Context(), told(tt.fate, 0)); err != nil {
				t.Fatal(err)
			}
			for category, want := range map[mail.Category]mail.Outcome{mail.Auth: tt.auth, mail.Product: tt.product} {
				e := envelope(category)
				e.ID = category.String()
				if got, err := w.deliver(t.Context(), e); got != want || err != nil {
					t.Errorf("%s mail afterwards = %q, %v, want %q", category, got, err, want)
				}
			}
			r := mail.Reachable{Suppressions: w.outbox.Suppressions, Log: w.outbox.Log}
			if err := r.Check(t.Context(), reader); errors.Is(err, mail.ErrUndeliverable) != tt.undeliverable {
				t.Errorf("Check = %v, want undeliverable: %v", err, tt.undeliverable)
			}
			for name, v := range w.line(t) {
				if s, ok := v.(*types.AttributeValueMemberS); ok && strings.Contains(s.Value, "@") {
					t.Errorf("the list holds an address in %s", name)
				}
			}
		})
	}
}

// TestKeepDoesNotMindTheOrder tells the same events in every order, some twice:
// the row must not differ.
func TestKeepDoesNotMindTheOrder(t *testing.T) {
	t.Parallel()
	events := []mail.Event{
		told(mail.Complained, time.Minute), told(mail.Complained, 3*time.Minute),
		told(mail.Bounced, 0), told(mail.Bounced, 2*time.Minute),
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		w := newWorld(t)
		var order []string
		for _, i := range append(random.Perm(len(events)), random.IntN(len(events))) {
			order = append(order, events[i].MessageID)
			if err := w.list().Keep(t.Context(), events[i]); err != nil {
				t.Fatal(err)
			}
		}
		row := w.line(t)
		if got := row["message_id"].(*types.AttributeValueMemberS).Value; got != "m-bounced-2m0s" {
			t.Errorf("after %v the row is about %s, want the last bounce", order, got)
		}
		if got := row["reason"].(*types.AttributeValueMemberS).Value; got != string(mail.Bounce) {
			t.Errorf("after %v the reason is %s, want bounce", order, got)
		}
	}
}

func TestKeepSaysWhenTheTableIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.db.breakOn(nil, errDown, errDown)
	if err := w.list().Keep(t.Context(), told(mail.Bounced, 0)); !errors.Is(err, mail.ErrUnavailable) || strings.Contains(err.Error(), "@") {
		t.Errorf("Keep = %v, want ErrUnavailable without the address", err)
	}
	r := mail.Reachable{Suppressions: w.outbox.Suppressions, Log: w.outbox.Log}
	if err := r.Check(t.Context(), reader); err != nil {
		t.Errorf("Check with the list unreadable = %v, want to go on", err)
	}
	if !strings.Contains(w.log.String(), "suppression not read") {
		t.Errorf("log %s does not say that the list was not read", w.log)
	}
}

// FuzzParseEvent looks for an event about nobody, and for one that panics.
func FuzzParseEvent(f *testing.F) {
	for _, s := range []string{bounceEvent("Permanent", "General", aboutAda), complaintEvent("abuse", "null"), `{"eventType":"Delivery",` + aboutMail + `}`, "Successfully validated SNS topic"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, message string) {
		e, err := mail.ParseEvent(message)
		stops := e.Fate == mail.Bounced || e.Fate == mail.Complained
		if err == nil && stops && (len(e.Addresses) == 0 || e.At.IsZero() || e.MessageID == "") {
			t.Errorf("ParseEvent(%q) = %+v: whom does it stop, and since when?", message, e)
		}
	})
}
