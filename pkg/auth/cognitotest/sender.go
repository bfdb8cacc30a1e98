package cognitotest

import (
	"context"
	"encoding/json"
	"html"
)

// The sources of the custom e-mail sender.
const (
	sourceSignUp          = "CustomEmailSender_SignUp"
	sourceAuthentication  = "CustomEmailSender_Authentication"
	sourceForgotPassword  = "CustomEmailSender_ForgotPassword"
	sourceResendCode      = "CustomEmailSender_ResendCode"
	sourceUpdateAttribute = "CustomEmailSender_UpdateUserAttribute"
	sourceVerifyAttribute = "CustomEmailSender_VerifyUserAttribute"
	sourceAdminCreateUser = "CustomEmailSender_AdminCreateUser"
	sourceTakeOver        = "CustomEmailSender_AccountTakeOverNotification"
)

// letter is one message to a user: through the custom sender if the pool has one.
type letter struct {
	source   string
	user     user
	email    string // where it goes; the user's address if empty
	clientID string
	code     string
	metadata map[string]string
}

// send hands m over. It never fails the call that caused it: Cognito has already
// answered when a sender runs.
func (s *Server) send(ctx context.Context, m letter) {
	if m.email == "" {
		m.email = m.user.email()
	}
	if !s.fires(CustomEmailSender) {
		s.cfg.Deliver(Message{Source: m.source, Username: m.user.Username, Email: m.email, Code: m.code})
		return
	}
	body, err := s.senderEvent(ctx, m)
	if err != nil {
		s.cfg.Log.ErrorContext(ctx, "cognito: a mail was not handed to its sender", "source", m.source, "error", err)
		return
	}
	s.cfg.Lambda.Async(s.cfg.Functions[CustomEmailSender], body)
}

func (s *Server) senderEvent(ctx context.Context, m letter) ([]byte, error) {
	encrypted, err := s.encrypt(ctx, m)
	if err != nil {
		return nil, err
	}
	attributes := m.user.triggerAttributes()
	if m.email != m.user.email() {
		attributes["email"], attributes["email_verified"] = m.email, "false"
	}
	return json.Marshal(s.event(m.source, m.user.Username, m.clientID, senderRequest{
		Type: "customEmailSenderRequestV1", Code: encrypted,
		ClientMetadata: m.metadata, UserAttributes: attributes,
	}, nil))
}

// encrypt encrypts m's code for the function. A temporary password is escaped for
// HTML before it is encrypted.
func (s *Server) encrypt(ctx context.Context, m letter) (string, error) {
	switch m.source {
	case sourceTakeOver:
		return "", nil
	case sourceAdminCreateUser:
		return s.cfg.EncryptCode(ctx, s.cfg.PoolID, html.EscapeString(m.code))
	}
	return s.cfg.EncryptCode(ctx, s.cfg.PoolID, m.code)
}

// NotifyTakeOver sends the warning that a sign-in looked like an account takeover
// to the user with this user name, e-mail address or sub. Cognito sends it only
// with threat protection, which this pool does not have.
func (s *Server) NotifyTakeOver(ctx context.Context, login string) error {
	u, ok := s.users.find(login)
	if !ok {
		return errUserNotFound()
	}
	s.send(ctx, letter{source: sourceTakeOver, user: u, clientID: s.cfg.ClientID})
	return nil
}

// signInDigits is the length of an e-mailed one-time password.
const signInDigits = 8

// SendSignInCode mails a one-time password for signing in, as Cognito does for
// pools that use e-mail as a factor. This pool does not: nothing accepts the code,
// but a custom sender must be able to write the mail.
func (s *Server) SendSignInCode(ctx context.Context, login string, clientMetadata map[string]string) error {
	u, ok := s.users.find(login)
	if !ok {
		return errUserNotFound()
	}
	plain, err := s.random.digits(signInDigits)
	if err != nil {
		return err
	}
	s.send(ctx, letter{source: sourceAuthentication, user: u, clientID: s.cfg.ClientID, code: plain, metadata: clientMetadata})
	return nil
}
