package cognitotest

import "context"

type attributeRequest struct {
	AccessToken    string
	AttributeName  string
	Code           string
	ClientMetadata map[string]string
}

// getVerificationCode sends the caller a code for the new address, or for the
// present one.
func (s *Server) getVerificationCode(ctx context.Context, in attributeRequest) (any, error) {
	u, err := s.verifiable(in)
	if err != nil {
		return nil, err
	}
	if err := s.countAttempt(u, "GetUserAttributeVerificationCode", limitSendVerify); err != nil {
		return nil, err
	}
	u, plain, err := s.issueCode(u.Username, verifyAttribute)
	if err != nil {
		return nil, err
	}
	to := u.email()
	if u.PendingEmail != "" {
		to = u.PendingEmail
	}
	s.send(ctx, letter{source: sourceVerifyAttribute, user: u, email: to, clientID: s.cfg.ClientID, code: plain})
	return codeSent{deliveryTo(to)}, nil
}

// verifyUserAttribute spends the code: the new address takes the old one's place.
func (s *Server) verifyUserAttribute(_ context.Context, in attributeRequest) (any, error) {
	u, err := s.verifiable(in)
	if err != nil {
		return nil, err
	}
	if err := s.countAttempt(u, "VerifyUserAttribute", limitVerify); err != nil {
		return nil, err
	}
	_, err = s.users.update(u.Username, func(u *user) error {
		if err := s.useCode(u, verifyAttribute, in.Code); err != nil {
			return err
		}
		if u.PendingEmail != "" {
			u.Attributes["email"], u.PendingEmail = u.PendingEmail, ""
		}
		u.Attributes["email_verified"] = "true"
		u.Modified = s.now()
		return nil
	})
	return struct{}{}, err
}

// verifiable returns the caller if the attribute is one that has codes.
func (s *Server) verifiable(in attributeRequest) (user, error) {
	u, err := s.bearer(in.AccessToken)
	if err != nil {
		return user{}, err
	}
	if in.AttributeName != "email" {
		return user{}, errParameter("Attribute " + in.AttributeName + " cannot be verified.")
	}
	return u, nil
}
