package cognitotest

import (
	"context"
	"maps"
	"strings"
)

type signUpRequest struct {
	ClientID       string `json:"ClientId"`
	Username       string
	Password       string
	UserAttributes []attribute
	ValidationData []attribute
	ClientMetadata map[string]string
}

type signUpResponse struct {
	CodeDeliveryDetails *delivery `json:",omitempty"`
	Session             string    `json:",omitempty"`
	UserConfirmed       bool
	UserSub             string
}

// signUp registers a user: policy and schema, then the trigger, and only then the
// question whether the address is taken.
func (s *Server) signUp(ctx context.Context, in signUpRequest) (any, error) {
	if err := s.checkClient(in.ClientID, "username", in.Username, "password", in.Password); err != nil {
		return nil, err
	}
	if err := checkSignUp(in); err != nil {
		return nil, err
	}
	u, err := s.newUser(in.Username, in.Password, StatusUnconfirmed, in.UserAttributes)
	if err != nil {
		return nil, err
	}
	flags, err := s.preSignUp(ctx, "PreSignUp_SignUp", u, preSignUpRequest{
		UserAttributes: maps.Clone(u.Attributes), ClientMetadata: in.ClientMetadata,
		ValidationData: optionalMap(in.ValidationData),
	}, in.ClientID)
	if err != nil {
		return nil, err
	}
	return s.register(ctx, u, flags, in)
}

// register stores the user that the trigger let through and sends the code.
func (s *Server) register(ctx context.Context, u user, flags preSignUpResponse, in signUpRequest) (any, error) {
	if flags.AutoConfirmUser {
		u.Status = StatusConfirmed
	}
	if flags.AutoVerifyEmail {
		u.Attributes["email_verified"] = "true"
	}
	out := signUpResponse{UserSub: u.Sub, UserConfirmed: flags.AutoConfirmUser}
	if flags.AutoConfirmUser {
		if err := s.users.insert(u); err != nil {
			return nil, err
		}
		return out, s.postConfirmation(ctx, confirmSource, u, in.ClientID, in.ClientMetadata)
	}
	plain, err := s.newCode(&u, confirmSignUp)
	if err != nil {
		return nil, err
	}
	if err := s.users.insert(u); err != nil {
		return nil, err
	}
	s.send(ctx, letter{source: sourceSignUp, user: u, clientID: in.ClientID, code: plain})
	to := deliveryTo(u.email())
	out.CodeDeliveryDetails = &to
	return out, nil
}

func checkSignUp(in signUpRequest) error {
	if !isEmail(in.Username) {
		return errParameter("Username should be an email.")
	}
	if err := checkPassword(policySignUp, in.Password); err != nil {
		return err
	}
	if err := checkClientWrite(in.UserAttributes); err != nil {
		return err
	}
	if email, ok := attributeMap(in.UserAttributes)["email"]; ok && !strings.EqualFold(email, in.Username) {
		return errParameter("Username and email attribute do not match.")
	}
	return nil
}

// newUser makes an entry with a fresh id; it is not in the pool yet.
func (s *Server) newUser(email, password, status string, list []attribute) (user, error) {
	id, err := s.random.uuid()
	if err != nil {
		return user{}, err
	}
	u := user{
		Username: id, Sub: id, Status: status, Attributes: attributeMap(list),
		Created: s.now(), Modified: s.now(),
	}
	u.Attributes["email"] = email
	if password == "" {
		return u, nil
	}
	u.Password, err = s.verifier(id, password)
	return u, err
}

// preSignUp asks the trigger whether u may be registered.
func (s *Server) preSignUp(ctx context.Context, source string, u user, req preSignUpRequest, clientID string) (out preSignUpResponse, err error) {
	if !s.fires(PreSignUp) {
		return out, nil
	}
	err = s.invoke(ctx, PreSignUp, s.event(source, u.Username, clientID, req, preSignUpResponse{}), &out)
	return out, err
}

// optionalMap is nil for an empty list, which JSON writes as null.
func optionalMap(list []attribute) map[string]string {
	if len(list) == 0 {
		return nil
	}
	return attributeMap(list)
}
