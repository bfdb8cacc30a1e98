package suppress

import (
	"encoding/json"
	"net/mail"
	"strings"
	"time"

	"callanalyst/pkg/fault"
)

// ErrEvent reports a notification that is not one of SES's events.
var ErrEvent = fault.New(fault.Invalid, "INVALID_EVENT", "This is not an event that SES publishes.")

// Fate is what became of a mail, as SES tells.
type Fate string

// The fates.
const (
	Delivered  Fate = "delivered"  // its reader's server took it
	Bounced    Fate = "bounced"    // it came back for good, or was not even tried
	Deferred   Fate = "deferred"   // it came back for now, or waits
	Complained Fate = "complained" // its reader called it spam
	Rejected   Fate = "rejected"   // SES would not send it
	Unjudged   Fate = "unjudged"   // nothing that changes anything
)

// Event is one thing that SES tells about a mail. It holds addresses: log the
// other fields.
type Event struct {
	Fate      Fate
	Kind      string // SES's own words: Permanent/General, abuse, …
	MessageID string // SES's id of the mail
	Mail      string // the template's name, as the mail was tagged; may be empty
	At        time.Time
	Addresses []string // whom the fate concerns; of a bounce or complaint
}

// notification is the part of SES's event that matters here.
type notification struct {
	Type string `json:"eventType"`
	Mail struct {
		MessageID string              `json:"messageId"`
		Timestamp time.Time           `json:"timestamp"`
		Tags      map[string][]string `json:"tags"`
	} `json:"mail"`
	Bounce struct {
		Type       string      `json:"bounceType"`
		SubType    string      `json:"bounceSubType"`
		Timestamp  time.Time   `json:"timestamp"`
		Recipients []recipient `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		SubType    string      `json:"complaintSubType"`
		Feedback   string      `json:"complaintFeedbackType"`
		Timestamp  time.Time   `json:"timestamp"`
		Recipients []recipient `json:"complainedRecipients"`
	} `json:"complaint"`
}

type recipient struct {
	Address string `json:"emailAddress"`
}

// greetingOfSES begins the one message that is no event: SES sends it when a
// topic becomes its destination.
const greetingOfSES = "Successfully validated SNS topic"

// ParseEvent reads the message of a notification. Kinds of events that SES may
// add one day are Unjudged.
func ParseEvent(message string) (Event, error) {
	if strings.HasPrefix(message, greetingOfSES) {
		return Event{Fate: Unjudged, Kind: "greeting"}, nil
	}
	var n notification
	if err := json.Unmarshal([]byte(message), &n); err != nil || n.Type == "" || n.Mail.MessageID == "" {
		return Event{}, ErrEvent // the decoder's error may quote the message
	}
	e := Event{Fate: Unjudged, Kind: n.Type, MessageID: n.Mail.MessageID, At: n.Mail.Timestamp}
	if tags := n.Mail.Tags["mail"]; len(tags) > 0 {
		e.Mail = tags[0]
	}
	return n.judge(e)
}

// judge fills in what the kind of event says.
func (n notification) judge(e Event) (Event, error) {
	switch n.Type {
	case "Delivery":
		e.Fate = Delivered
	case "DeliveryDelay":
		e.Fate = Deferred
	case "Reject", "Rendering Failure":
		e.Fate = Rejected
	case "Bounce":
		e.Fate, e.Kind, e.At = Deferred, n.Bounce.Type+"/"+n.Bounce.SubType, n.Bounce.Timestamp
		if n.Bounce.Type == "Permanent" {
			e.Fate = Bounced
			return e.concerning(n.Bounce.Recipients)
		}
	case "Complaint":
		return n.complain(e)
	}
	return e, nil
}

// complain reads a complaint. One that SES makes of its own list means that mail
// does not arrive any more, whatever it is; one that takes a mail out of the spam
// folder is praise.
func (n notification) complain(e Event) (Event, error) {
	e.Fate, e.Kind, e.At = Complained, n.Complaint.Feedback, n.Complaint.Timestamp
	switch {
	case n.Complaint.SubType == "OnAccountSuppressionList":
		e.Fate, e.Kind = Bounced, n.Complaint.SubType
	case n.Complaint.Feedback == "not-spam":
		e.Fate = Unjudged
		return e, nil
	}
	return e.concerning(n.Complaint.Recipients)
}

// concerning adds whom the event is about. An event about nobody is none.
func (e Event) concerning(list []recipient) (Event, error) {
	for _, r := range list {
		address := strings.TrimSpace(r.Address)
		if a, err := mail.ParseAddress(address); err == nil {
			address = a.Address
		}
		if address != "" {
			e.Addresses = append(e.Addresses, address)
		}
	}
	if len(e.Addresses) == 0 || e.At.IsZero() {
		return Event{}, ErrEvent
	}
	return e, nil
}
