package cognitotest

import (
	"encoding/json"
	"net/mail"
	"slices"
	"strings"
)

// attribute is one user attribute as the API writes it.
type attribute struct {
	Name  string
	Value string
}

// valueLimit is the longest attribute value, in characters.
const valueLimit = 2048

// schemaCustom are the pool's own attributes. Only the pool's owner writes them.
func schemaCustom() []string {
	return []string{"custom:stripe_customer_id", "custom:tos_accepted_at", "custom:tos_version", "custom:cookie_consent_at"}
}

// schemaStandard are the attributes that every pool has.
func schemaStandard() []string {
	return []string{
		"address", "birthdate", "email", "email_verified", "family_name", "gender", "given_name", "locale",
		"middle_name", "name", "nickname", "phone_number", "phone_number_verified", "picture",
		"preferred_username", "profile", "sub", "updated_at", "website", "zoneinfo",
	}
}

// clientWrites and clientReads are the app client's attribute permissions.
func clientWrites() []string { return []string{"email", "name"} }

func clientReads() []string { return []string{"email", "email_verified", "name"} }

// checkClientWrite refuses attributes that the app client may not write, and
// then what the schema refuses.
func checkClientWrite(list []attribute) error {
	for _, a := range list {
		if !slices.Contains(clientWrites(), a.Name) {
			return errNotAuthorized("A client attempted to write unauthorized attribute")
		}
	}
	return checkSchema(list)
}

// checkSchema refuses attributes that the pool does not have or cannot hold.
func checkSchema(list []attribute) error {
	for _, a := range list {
		if err := checkAttribute(a); err != nil {
			return err
		}
	}
	return nil
}

func checkAttribute(a attribute) error {
	switch {
	case len([]rune(a.Value)) > valueLimit:
		return errParameter("1 validation error detected: Value at 'userAttributes' failed to satisfy constraint: Member must have length less than or equal to 2048")
	case a.Name == "sub":
		return errParameter("Cannot modify the non-mutable attribute sub")
	case !slices.Contains(schemaStandard(), a.Name) && !slices.Contains(schemaCustom(), a.Name):
		return errParameter("Attributes did not conform to the schema: Type for attribute {" + a.Name + "} could not be determined")
	case a.Name == "email" && !isEmail(a.Value):
		return errParameter("Invalid email address format.")
	case strings.HasSuffix(a.Name, "_verified") && a.Value != "true" && a.Value != "false":
		return errParameter("Invalid value for attribute " + a.Name + ".")
	}
	return nil
}

// isEmail reports whether s is a bare address with a domain.
func isEmail(s string) bool {
	addr, err := mail.ParseAddress(s)
	return err == nil && addr.Address == s && addr.Name == ""
}

// attributeMap turns the API's list into a map; the last of a name wins.
func attributeMap(list []attribute) map[string]string {
	out := make(map[string]string, len(list))
	for _, a := range list {
		out[a.Name] = a.Value
	}
	return out
}

// listAttributes are all attributes of u, sub first and the others by name, as an
// owner of the pool sees them.
func (u user) listAttributes() []attribute {
	out := []attribute{{Name: "sub", Value: u.Sub}}
	all := u.Attributes
	if text := u.identitiesText(); text != "" {
		all = u.clone().Attributes
		all["identities"] = text
	}
	for _, name := range sortedKeys(all) {
		out = append(out, attribute{Name: name, Value: all[name]})
	}
	return out
}

// readable are the attributes of u that the app client may read.
func (u user) readable() []attribute {
	return slices.DeleteFunc(u.listAttributes(), func(a attribute) bool {
		return a.Name != "sub" && a.Name != "identities" && !slices.Contains(clientReads(), a.Name)
	})
}

// identitiesText is the identities attribute: a JSON list, or nothing.
func (u user) identitiesText() string {
	if len(u.Identities) == 0 {
		return ""
	}
	text, err := json.Marshal(u.Identities)
	if err != nil {
		return ""
	}
	return string(text)
}

func sortedKeys(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
