package mail

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"callanalyst/pkg/fault"
)

// The ways in which Send fails. None carries the address or the content.
var (
	// ErrAddress reports a recipient that is not one plain address.
	ErrAddress = fault.New(fault.Invalid, "MAIL_ADDRESS", "The mail has no usable address.")
	// ErrRejected reports a mail that SES refuses whenever it is sent: an
	// unverified sender, a missing configuration set, a paused account.
	ErrRejected = fault.New(fault.Internal, "MAIL_REJECTED", "The mail could not be sent.")
	// ErrUnavailable reports that SES is down, slow or throttling.
	ErrUnavailable = fault.New(fault.Unavailable, "MAIL_UNAVAILABLE", "The mail could not be sent now. Try again.")
)

// patience is how long SES is given for one mail, tries included.
const patience = 6 * time.Second

// Sender sends mail by SES.
type Sender struct {
	// SES is the one call of *sesv2.Client that is used.
	SES interface {
		SendEmail(context.Context, *sesv2.SendEmailInput, ...func(*sesv2.Options)) (*sesv2.SendEmailOutput, error)
	}
	From       string // the sender of every mail, with or without a display name
	ReplyTo    string // where answers go, and requests to unsubscribe
	AuthSet    string // the configuration set of category Auth; it must not track
	ProductSet string // the configuration set of category Product
}

// Send sends one mail and returns SES's id of it.
func (s *Sender) Send(ctx context.Context, m Message) (string, error) {
	if a, err := mail.ParseAddress(m.To); err != nil || a.Address != m.To {
		return "", ErrAddress
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := s.SES.SendEmail(ctx, s.input(m))
	if err != nil {
		return "", refusal(err)
	}
	return aws.ToString(out.MessageId), nil
}

// input puts a mail into SES's words.
func (s *Sender) input(m Message) *sesv2.SendEmailInput {
	in := &sesv2.SendEmailInput{
		FromEmailAddress:     &s.From,
		ReplyToAddresses:     []string{s.ReplyTo},
		Destination:          &types.Destination{ToAddresses: []string{m.To}},
		ConfigurationSetName: &s.AuthSet,
		EmailTags:            []types.MessageTag{tag("mail", m.Name), tag("category", m.Category.String())},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: content(oneLine(m.Subject)),
			Body:    &types.Body{Html: content(m.HTML), Text: content(m.Text)},
		}},
	}
	if m.Category == Product {
		in.ConfigurationSetName = &s.ProductSet
		in.Content.Simple.Headers = []types.MessageHeader{{
			Name: aws.String("List-Unsubscribe"), Value: aws.String("<mailto:" + s.ReplyTo + "?subject=unsubscribe>"),
		}}
	}
	return in
}

// content is a text in UTF-8.
func content(s string) *types.Content {
	return &types.Content{Data: &s, Charset: aws.String("UTF-8")}
}

// tag is one message tag.
func tag(name, value string) types.MessageTag { return types.MessageTag{Name: &name, Value: &value} }

// refusal words SES's error without its message, which may name the address.
func refusal(err error) error {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return ErrUnavailable.With(err)
	}
	cause := fmt.Errorf("SES answered %s", answer.ErrorCode())
	switch answer.ErrorCode() {
	case "MessageRejected", "BadRequestException", "NotFoundException", "MailFromDomainNotVerifiedException",
		"AccountSuspendedException", "SendingPausedException", "AccessDeniedException":
		return ErrRejected.With(cause)
	}
	return ErrUnavailable.With(cause)
}
