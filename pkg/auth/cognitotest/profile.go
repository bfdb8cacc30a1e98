package cognitotest

import "context"

// tokenOnly is a request that only its access token describes.
type tokenOnly struct{ AccessToken string }

type ownUser struct {
	PreferredMfaSetting string `json:",omitempty"`
	UserAttributes      []attribute
	UserMFASettingList  []string `json:",omitempty"`
	Username            string
}

// getUser shows a user what the app client may read.
func (s *Server) getUser(_ context.Context, in tokenOnly) (any, error) {
	u, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	return ownUser{
		Username: u.Username, UserAttributes: u.readable(),
		UserMFASettingList: u.mfaSettings(), PreferredMfaSetting: u.preferredMFA(),
	}, nil
}

// deleteUser removes the caller and everything that was issued.
func (s *Server) deleteUser(_ context.Context, in tokenOnly) (any, error) {
	u, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	s.erase(u.Username)
	return struct{}{}, nil
}

func (s *Server) erase(username string) {
	s.users.remove(username)
	s.grants.forget(username)
}

type updateRequest struct {
	AccessToken    string
	UserAttributes []attribute
	ClientMetadata map[string]string
}

type updateResponse struct{ CodeDeliveryDetailsList []delivery }

// updateUserAttributes writes what the app client may write. A new address takes
// effect only when its code is confirmed; until then the old one stays.
func (s *Server) updateUserAttributes(ctx context.Context, in updateRequest) (any, error) {
	u, err := s.bearer(in.AccessToken)
	if err != nil {
		return nil, err
	}
	if err := checkClientWrite(in.UserAttributes); err != nil {
		return nil, err
	}
	sent, err := s.applyChanges(ctx, u, attributeMap(in.UserAttributes), s.cfg.ClientID)
	if err != nil {
		return nil, err
	}
	return updateResponse{CodeDeliveryDetailsList: sent}, nil
}

// applyChanges writes changes to u, except a new address, which waits for the
// code that is sent to it. It returns where codes went.
func (s *Server) applyChanges(ctx context.Context, u user, changes map[string]string, clientID string) ([]delivery, error) {
	email, moves := changes["email"]
	moves = moves && email != u.email() && changes["email_verified"] != "true"
	if moves {
		if owner, taken := s.users.find(email); taken && owner.Username != u.Username {
			return nil, errAliasTaken()
		}
	}
	plain := ""
	u, err := s.users.update(u.Username, func(u *user) (err error) {
		for name, value := range changes {
			if !moves || (name != "email" && name != "email_verified") {
				u.Attributes[name] = value
			}
		}
		u.Modified = s.now()
		if moves {
			u.PendingEmail = email
			plain, err = s.newCode(u, verifyAttribute)
		}
		return err
	})
	if err != nil || !moves {
		return []delivery{}, err
	}
	s.send(ctx, letter{source: sourceUpdateAttribute, user: u, email: email, clientID: clientID, code: plain})
	return []delivery{deliveryTo(email)}, nil
}
