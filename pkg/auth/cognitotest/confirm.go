package cognitotest

import "context"

// The sources of the post-confirmation trigger.
const (
	confirmSource = "PostConfirmation_ConfirmSignUp"
	resetSource   = "PostConfirmation_ConfirmForgotPassword"
)

type confirmSignUpRequest struct {
	ClientID         string `json:"ClientId"`
	Username         string
	ConfirmationCode string
	ClientMetadata   map[string]string
}

// confirmSignUp spends the code. The user is confirmed before the trigger runs,
// and stays so if it fails.
func (s *Server) confirmSignUp(ctx context.Context, in confirmSignUpRequest) (any, error) {
	if err := s.checkClient(in.ClientID, "username", in.Username, "confirmationCode", in.ConfirmationCode); err != nil {
		return nil, err
	}
	u, ok := s.users.find(in.Username)
	if !ok {
		return nil, errCodeExpired()
	}
	if err := s.countAttempt(u, "ConfirmSignUp", limitConfirm); err != nil {
		return nil, err
	}
	u, err := s.users.update(u.Username, func(u *user) error {
		if err := mayConfirm(*u); err != nil {
			return err
		}
		if err := s.useCode(u, confirmSignUp, in.ConfirmationCode); err != nil {
			return err
		}
		u.Status, u.Modified = StatusConfirmed, s.now()
		u.Attributes["email_verified"] = "true"
		return nil
	})
	if err != nil {
		return nil, err
	}
	return struct{}{}, s.postConfirmation(ctx, confirmSource, u, in.ClientID, in.ClientMetadata)
}

func mayConfirm(u user) error {
	if u.Disabled {
		return errDisabled()
	}
	if u.Status != StatusUnconfirmed {
		return errNotAuthorized("User cannot be confirmed. Current status is " + u.Status)
	}
	return nil
}

// postConfirmation tells the trigger that u is in.
func (s *Server) postConfirmation(ctx context.Context, source string, u user, clientID string, metadata map[string]string) error {
	if !s.fires(PostConfirmation) {
		return nil
	}
	req := postConfirmationRequest{UserAttributes: u.triggerAttributes(), ClientMetadata: metadata}
	return s.invoke(ctx, PostConfirmation, s.event(source, u.Username, clientID, req, struct{}{}), nil)
}

// countAttempt counts a try even if the call then fails.
func (s *Server) countAttempt(u user, what string, limit int) error {
	_, err := s.users.update(u.Username, func(u *user) error { return u.attempt(s.now(), what, limit) })
	return err
}

type resendRequest struct {
	ClientID       string `json:"ClientId"`
	Username       string
	ClientMetadata map[string]string
}

type codeSent struct{ CodeDeliveryDetails delivery }

// resendConfirmationCode replaces the sign-up code. An unknown or disabled user
// gets the same answer and no mail.
func (s *Server) resendConfirmationCode(ctx context.Context, in resendRequest) (any, error) {
	if err := s.checkClient(in.ClientID, "username", in.Username); err != nil {
		return nil, err
	}
	u, ok := s.users.find(in.Username)
	if !ok || u.Disabled {
		return codeSent{deliveryTo(in.Username)}, nil
	}
	if u.Status != StatusUnconfirmed {
		return nil, errParameter("User is already confirmed.")
	}
	if err := s.countAttempt(u, "ResendConfirmationCode", limitResend); err != nil {
		return nil, err
	}
	u, plain, err := s.issueCode(u.Username, confirmSignUp)
	if err != nil {
		return nil, err
	}
	s.send(ctx, letter{source: sourceResendCode, user: u, clientID: in.ClientID, code: plain})
	return codeSent{deliveryTo(u.email())}, nil
}

// issueCode gives a stored user a new code.
func (s *Server) issueCode(username string, p purpose) (u user, plain string, err error) {
	u, err = s.users.update(username, func(u *user) error {
		plain, err = s.newCode(u, p)
		return err
	})
	return u, plain, err
}
