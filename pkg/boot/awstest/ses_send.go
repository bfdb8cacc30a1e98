package awstest

import (
	"context"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// Message is one accepted mail, as its reader would see it.
type Message struct {
	ID               string              `json:"id"`
	To               []string            `json:"to"`
	From             string              `json:"from"`
	ReplyTo          []string            `json:"reply_to,omitempty"`
	Subject          string              `json:"subject"`
	HTML             string              `json:"html"`
	Text             string              `json:"text"`
	ConfigurationSet string              `json:"configuration_set"`
	Tags             map[string][]string `json:"tags,omitempty"`
	Headers          []Header            `json:"headers,omitempty"`
	At               time.Time           `json:"at"`
}

// Header is one header of a mail beyond those SES writes itself.
type Header struct {
	Name  string
	Value string
}

// Text is a part of a simple mail.
type Text struct {
	Data string
}

// Body is a simple mail's alternatives.
type Body struct {
	HTML *Text `json:"Html"`
	Text *Text
}

// Simple is a mail that SES puts together.
type Simple struct {
	Subject Text
	Body    Body
	Headers []Header
}

// Raw is a mail as MIME.
type Raw struct {
	Data []byte
}

// Content is a mail's content, in one of two forms.
type Content struct {
	Simple *Simple
	Raw    *Raw
}

// Destination is a mail's recipients.
type Destination struct {
	ToAddresses, CcAddresses, BccAddresses []string
}

// Tag is one message tag.
type Tag struct {
	Name, Value string
}

// SendEmailInput asks SES to send a mail.
type SendEmailInput struct {
	FromEmailAddress     string
	Destination          Destination
	ReplyToAddresses     []string
	Content              Content
	EmailTags            []Tag
	ConfigurationSetName string
}

// SendEmailOutput holds SES's id of the mail.
type SendEmailOutput struct {
	MessageID string `json:"MessageId"`
}

// maxRecipients is SES's limit per mail.
const maxRecipients = 50

// SendEmail accepts a mail, keeps it and publishes its events. It refuses
// what SES refuses: an unknown configuration set, an unverified sender, a
// malformed address, more than Rate mails in a second.
func (s *SES) SendEmail(ctx context.Context, in SendEmailInput) (SendEmailOutput, error) {
	msg, err := s.compose(in)
	if err != nil {
		return SendEmailOutput{}, err
	}
	events, err := s.accept(msg)
	if err != nil {
		return SendEmailOutput{}, err
	}
	for _, e := range events {
		s.publish(ctx, e)
	}
	return SendEmailOutput{MessageID: msg.ID}, nil
}

// compose turns the input into the mail that a reader gets.
func (s *SES) compose(in SendEmailInput) (Message, error) {
	id, err := s.cfg.uuid()
	if err != nil {
		return Message{}, err
	}
	msg := Message{
		ID: "010f" + strings.ReplaceAll(id, "-", "") + "-000000", From: in.FromEmailAddress, ReplyTo: in.ReplyToAddresses,
		To:               slices.Concat(in.Destination.ToAddresses, in.Destination.CcAddresses, in.Destination.BccAddresses),
		ConfigurationSet: in.ConfigurationSetName, At: s.cfg.Now().UTC(),
	}
	for _, t := range in.EmailTags {
		if !plainTag(t.Name) || !plainTag(t.Value) {
			return Message{}, refuse("BadRequestException", "Invalid tag <%s>: only alphanumeric characters, '_', '-', '.' and '@' are allowed.", t.Name)
		}
		if msg.Tags == nil {
			msg.Tags = map[string][]string{}
		}
		msg.Tags[t.Name] = append(msg.Tags[t.Name], t.Value)
	}
	switch {
	case in.Content.Simple != nil && in.Content.Raw == nil:
		err = msg.setSimple(*in.Content.Simple)
	case in.Content.Raw != nil && in.Content.Simple == nil:
		err = msg.setRaw(in.Content.Raw.Data)
	default:
		err = refuse("BadRequestException", "Exactly one of Simple, Raw or Template must be present in the content.")
	}
	if err != nil {
		return Message{}, err
	}
	return msg, msg.check()
}

// setSimple takes the parts of a simple mail.
func (m *Message) setSimple(in Simple) error {
	if in.Body.HTML == nil && in.Body.Text == nil {
		return refuse("BadRequestException", "Missing required body content.")
	}
	if strings.ContainsAny(in.Subject.Data, "\r\n") {
		return refuse("BadRequestException", "Header <Subject> must not contain control characters.")
	}
	for _, h := range in.Headers {
		if strings.ContainsAny(h.Name+h.Value, "\r\n") {
			return refuse("BadRequestException", "Header <%s> must not contain control characters.", h.Name)
		}
	}
	m.Subject, m.Headers = in.Subject.Data, in.Headers
	if in.Body.HTML != nil {
		m.HTML = in.Body.HTML.Data
	}
	if in.Body.Text != nil {
		m.Text = in.Body.Text.Data
	}
	return nil
}

// check refuses addresses that SES refuses.
func (m *Message) check() error {
	if len(m.To) == 0 {
		return refuse("BadRequestException", "Missing required header 'To'.")
	}
	if len(m.To) > maxRecipients {
		return refuse("BadRequestException", "Recipient count exceeds %d.", maxRecipients)
	}
	for _, a := range append(slices.Clone(m.To), m.From) {
		if _, err := mail.ParseAddress(a); err != nil {
			return refuse("BadRequestException", "Missing final '@domain'")
		}
	}
	return nil
}

// plainTag tells whether a tag's name or value has only allowed characters.
func plainTag(s string) bool {
	for _, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && !strings.ContainsRune("_-.@", r) {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 256
}

// accept checks a mail against the account, keeps it and returns its events.
func (s *SES) accept(msg Message) ([]sesEvent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if msg.ConfigurationSet != "" && s.sets[msg.ConfigurationSet] == nil {
		return nil, &Error{Code: "NotFoundException", Message: "Configuration set <" + msg.ConfigurationSet + "> does not exist.", Status: http.StatusNotFound}
	}
	checked := []string{msg.From}
	if s.Sandbox {
		checked = append(checked, slices.DeleteFunc(slices.Clone(msg.To), simulated)...)
	}
	if failed := s.unverified(checked); len(failed) > 0 {
		return nil, refuse("MessageRejected", "Email address is not verified. The following identities failed the check in region %s: %s",
			strings.ToUpper(s.cfg.Region), strings.Join(failed, ", "))
	}
	if err := s.count(msg.At); err != nil {
		return nil, err
	}
	s.messages = append(s.messages, msg)
	return s.events(msg), nil
}

// unverified returns the addresses without a verified identity.
func (s *SES) unverified(addresses []string) []string {
	var failed []string
	for _, a := range addresses {
		address := bare(a)
		_, domain, _ := strings.Cut(address, "@")
		if !s.identities[address] && !s.identityOfDomain(domain) {
			failed = append(failed, a)
		}
	}
	return failed
}

// identityOfDomain tells whether the domain, or one above it, is verified.
func (s *SES) identityOfDomain(domain string) bool {
	for domain != "" {
		if s.identities[domain] {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}

// count uses up one mail of the rate, by the injected clock.
func (s *SES) count(now time.Time) error {
	if s.Rate <= 0 {
		return nil
	}
	s.sent = slices.DeleteFunc(s.sent, func(t time.Time) bool { return now.Sub(t) >= time.Second })
	if len(s.sent) >= s.Rate {
		return &Error{Code: "TooManyRequestsException", Message: "Maximum sending rate exceeded.", Status: http.StatusTooManyRequests}
	}
	s.sent = append(s.sent, now)
	return nil
}

// bare returns an address without its display name, in lower case.
func bare(address string) string {
	if a, err := mail.ParseAddress(address); err == nil {
		address = a.Address
	}
	return strings.ToLower(address)
}

// Messages returns the accepted mails, newest first.
func (s *SES) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.messages)
	slices.Reverse(out)
	if out == nil {
		out = []Message{}
	}
	return out
}

// DeleteMessages empties the kept mails.
func (s *SES) DeleteMessages() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = nil
}
