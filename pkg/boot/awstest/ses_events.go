package awstest

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// simulator is the domain of SES's mailbox simulator.
const simulator = "simulator.amazonses.com"

// Outcome is what becomes of mail to an address.
type Outcome string

// The outcomes that Mark knows. The simulator's addresses have them by name.
const (
	Delivered  Outcome = ""           // arrives
	Bounced    Outcome = "bounce"     // hard bounce; the address becomes suppressed
	Complained Outcome = "complaint"  // arrives, then the reader reports spam
	Suppressed Outcome = "suppressed" // bounces as on the account's suppression list
)

// EventDestination sends a configuration set's events to an SNS topic.
type EventDestination struct {
	Name    string
	Enabled bool
	// MatchingEventTypes are SEND, DELIVERY, BOUNCE, COMPLAINT and others.
	MatchingEventTypes []string
	SnsDestination     SNSDestination
}

// SNSDestination names a topic.
type SNSDestination struct {
	TopicArn string
}

// EventDestinationInput adds a destination to a configuration set.
type EventDestinationInput struct {
	ConfigurationSetName string
	EventDestinationName string
	EventDestination     EventDestination
}

// CreateConfigurationSetEventDestination adds a destination. Only SNS topics
// are served.
func (s *SES) CreateConfigurationSetEventDestination(_ context.Context, in EventDestinationInput) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.sets[in.ConfigurationSetName]
	if set == nil {
		return missing("Configuration set <%s> does not exist.", in.ConfigurationSetName)
	}
	if in.EventDestination.SnsDestination.TopicArn == "" {
		return refuse("BadRequestException", "Only SnsDestination is supported here.")
	}
	for _, d := range set.Destinations {
		if d.Name == in.EventDestinationName {
			return refuse("AlreadyExistsException", "An event destination named <%s> already exists in configuration set <%s>.", in.EventDestinationName, in.ConfigurationSetName)
		}
	}
	in.EventDestination.Name = in.EventDestinationName
	set.Destinations = append(set.Destinations, in.EventDestination)
	return nil
}

// EventDestinationsOutput holds a set's destinations.
type EventDestinationsOutput struct {
	EventDestinations []EventDestination
}

// GetConfigurationSetEventDestinations lists a set's destinations.
func (s *SES) GetConfigurationSetEventDestinations(_ context.Context, in ConfigurationSetRef) (EventDestinationsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	set := s.sets[in.ConfigurationSetName]
	if set == nil {
		return EventDestinationsOutput{}, missing("Configuration set <%s> does not exist.", in.ConfigurationSetName)
	}
	return EventDestinationsOutput{append([]EventDestination{}, set.Destinations...)}, nil
}

// Mark decides what becomes of later mail to an address. Delivered takes a
// mark away.
func (s *SES) Mark(address string, o Outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o == Delivered {
		delete(s.outcomes, bare(address))
		return
	}
	s.outcomes[bare(address)] = o
}

// sesEvent is one event on its way to the topics that want it.
type sesEvent struct {
	topics []string
	body   map[string]any
}

// events returns what becomes of an accepted mail. The caller holds mu.
func (s *SES) events(msg Message) []sesEvent {
	out := s.event(nil, msg, "Send", map[string]any{})
	for _, to := range msg.To {
		out = s.eventsFor(out, msg, bare(to))
	}
	return out
}

// eventsFor adds the events of one recipient.
func (s *SES) eventsFor(out []sesEvent, msg Message, to string) []sesEvent {
	at := stamp(msg.At)
	switch s.outcome(to) {
	case Bounced:
		s.suppress(to, "BOUNCE", msg.At)
		return s.event(out, msg, "Bounce", bounce(msg, to, "General", "smtp; 550 5.1.1 user unknown"))
	case Suppressed:
		return s.event(out, msg, "Bounce", bounce(msg, to, "OnAccountSuppressionList",
			"Amazon SES did not send the message to this address because it is on the suppression list for your account. For more information about removing addresses from the suppression list, see the Amazon SES Developer Guide"))
	case Complained:
		s.suppress(to, "COMPLAINT", msg.At)
		out = s.event(out, msg, "Delivery", delivery(msg, to))
		return s.event(out, msg, "Complaint", map[string]any{
			"complainedRecipients": []any{map[string]any{"emailAddress": to}}, "timestamp": at, "feedbackId": msg.ID + "-feedback",
			"complaintSubType": nil, "userAgent": "Amazon SES Mailbox Simulator", "complaintFeedbackType": "abuse", "arrivalDate": at,
		})
	}
	return s.event(out, msg, "Delivery", delivery(msg, to))
}

// outcome decides a recipient's fate: the suppression list first, then marks,
// then the simulator's names.
func (s *SES) outcome(to string) Outcome {
	if _, ok := s.suppressed[to]; ok {
		return Suppressed
	}
	if o, ok := s.outcomes[to]; ok {
		return o
	}
	local, domain, _ := strings.Cut(to, "@")
	local, _, _ = strings.Cut(local, "+")
	if domain != simulator {
		return Delivered
	}
	return map[string]Outcome{"bounce": Bounced, "complaint": Complained, "suppressionlist": Suppressed}[local]
}

// suppress puts an address on the list, as SES does by itself after a hard
// bounce or a complaint; the simulator's addresses never get there.
func (s *SES) suppress(address, reason string, at time.Time) {
	if !simulated(address) {
		s.suppressed[address] = suppression{reason, at}
	}
}

// simulated tells whether an address is the mailbox simulator's.
func simulated(address string) bool { return strings.HasSuffix(bare(address), "@"+simulator) }

// event adds an event if a destination of the mail's set wants it.
func (s *SES) event(out []sesEvent, msg Message, kind string, detail map[string]any) []sesEvent {
	set := s.sets[msg.ConfigurationSet]
	if set == nil {
		return out
	}
	var topics []string
	for _, d := range set.Destinations {
		if d.Enabled && slices.Contains(d.MatchingEventTypes, strings.ToUpper(kind)) {
			topics = append(topics, d.SnsDestination.TopicArn)
		}
	}
	if len(topics) == 0 {
		return out
	}
	body := map[string]any{"eventType": kind, "mail": s.mailObject(msg), strings.ToLower(kind): detail}
	return append(out, sesEvent{topics, body})
}

// mailObject is the part of an event that describes the mail.
func (s *SES) mailObject(msg Message) map[string]any {
	from := bare(msg.From)
	_, domain, _ := strings.Cut(from, "@")
	tags := map[string][]string{
		"ses:configuration-set": {msg.ConfigurationSet}, "ses:from-domain": {domain},
		"ses:source-ip": {"127.0.0.1"}, "ses:caller-identity": {"local"},
	}
	for k, v := range msg.Tags {
		tags[k] = v
	}
	headers := []map[string]string{
		{"name": "From", "value": msg.From}, {"name": "To", "value": strings.Join(msg.To, ", ")},
		{"name": "Subject", "value": msg.Subject}, {"name": "MIME-Version", "value": "1.0"},
	}
	return map[string]any{
		"timestamp": stamp(msg.At), "source": msg.From, "sourceArn": s.cfg.arn("ses", "identity/"+domain),
		"sendingAccountId": s.cfg.Account, "messageId": msg.ID, "destination": msg.To,
		"headersTruncated": false, "headers": headers, "tags": tags,
		"commonHeaders": map[string]any{"from": []string{msg.From}, "to": msg.To, "messageId": msg.ID, "subject": msg.Subject},
	}
}

// bounce describes a permanent bounce.
func bounce(msg Message, to, subType, diagnostic string) map[string]any {
	return map[string]any{
		"bounceType": "Permanent", "bounceSubType": subType, "timestamp": stamp(msg.At), "feedbackId": msg.ID + "-feedback",
		"bouncedRecipients": []any{map[string]any{"emailAddress": to, "action": "failed", "status": "5.1.1", "diagnosticCode": diagnostic}},
		"reportingMTA":      "dns; amazonses.com",
	}
}

// delivery describes an arrival.
func delivery(msg Message, to string) map[string]any {
	return map[string]any{
		"timestamp": stamp(msg.At), "processingTimeMillis": 1, "recipients": []string{to},
		"smtpResponse": "250 2.6.0 Message received", "reportingMTA": "a8-70.smtp-out.amazonses.com",
	}
}

// stamp writes a time as SES events do.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// publish hands an event to its topics. SES does not tell a sender about
// trouble there, so neither does this.
func (s *SES) publish(ctx context.Context, e sesEvent) {
	if s.Publish == nil {
		return
	}
	body, err := json.Marshal(e.body)
	if err != nil {
		return
	}
	for _, topic := range e.topics {
		_ = s.Publish(ctx, topic, string(body))
	}
}
