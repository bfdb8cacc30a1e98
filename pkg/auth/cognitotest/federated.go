package cognitotest

import "strconv"

// The providers that the pool trusts.
const (
	ProviderGoogle = "Google"
	ProviderApple  = "SignInWithApple"
)

// identity is a user's entry at a provider, as the identities attribute and claim
// show it.
type identity struct {
	UserID       string  `json:"userId"`
	ProviderName string  `json:"providerName"`
	ProviderType string  `json:"providerType"`
	Issuer       *string `json:"issuer"`
	Primary      bool    `json:"primary"`
	DateCreated  string  `json:"dateCreated"`
}

// newIdentity makes an entry; primary means that the user has no other way in.
func (s *Server) newIdentity(provider, subject string, primary bool) identity {
	return identity{
		UserID: subject, ProviderName: provider, ProviderType: provider, Primary: primary,
		DateCreated: strconv.FormatInt(s.now().UnixMilli(), 10),
	}
}

// federatedName is the user name of someone who comes from a provider.
func federatedName(provider, subject string) string { return provider + "_" + subject }

// holds reports whether u has this identity.
func (u user) holds(provider, subject string) bool {
	for _, id := range u.Identities {
		if id.ProviderName == provider && id.UserID == subject {
			return true
		}
	}
	return false
}

// owner returns the user whom an identity signs in: a linked one first.
func (st *store) owner(provider, subject string) (user, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, u := range st.users {
		if u.holds(provider, subject) {
			return u.clone(), true
		}
	}
	return user{}, false
}
