package cognitotest

import "strconv"

// The providers that the pool trusts.
const (
	ProviderGoogle = "Google"
	ProviderApple  = "SignInWithApple"
)

// identity is a user's entry at a provider. The identities attribute writes it as
// it is here; the claim of the same name writes strings.
type identity struct {
	UserID       string  `json:"userId"`
	ProviderName string  `json:"providerName"`
	ProviderType string  `json:"providerType"`
	Issuer       *string `json:"issuer"`
	Primary      bool    `json:"primary"`
	DateCreated  int64   `json:"dateCreated"` // milliseconds since 1970
}

// newIdentity makes an entry; primary means that the user has no other way in.
func (s *Server) newIdentity(provider, subject string, primary bool) identity {
	return identity{
		UserID: subject, ProviderName: provider, ProviderType: provider, Primary: primary,
		DateCreated: s.now().UnixMilli(),
	}
}

// claim is the entry in an identity token.
func (id identity) claim() map[string]any {
	return map[string]any{
		"userId": id.UserID, "providerName": id.ProviderName, "providerType": id.ProviderType, "issuer": nil,
		"primary": strconv.FormatBool(id.Primary), "dateCreated": strconv.FormatInt(id.DateCreated, 10),
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
