package profile

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"callanalyst/pkg/fault"
)

// ErrField reports a change that cannot be accepted. Its Detail names the field.
var ErrField = fault.New(fault.Invalid, "INVALID_FIELD", "A field of the profile cannot be accepted.")

// Patch is a person's change of their own profile: a JSON merge patch (RFC 7396)
// that has been checked as far as it can be without the profile. The zero value
// changes nothing.
type Patch struct {
	name, avatar        *string
	preferences, custom *document
}

// document is a merge patch of one of the two free objects. A nil change empties
// the object.
type document struct{ change map[string]any }

// ParsePatch reads a merge patch. Only name, avatar_url, preferences and custom
// may be in it: a field that would be dropped in silence is a change that its
// sender believes to be made.
func ParsePatch(body []byte) (Patch, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return Patch{}, ErrField.Because("A profile is changed by a JSON object.").With(err)
	}
	for field := range fields {
		if err := known(field); err != nil {
			return Patch{}, err
		}
	}
	var p Patch
	var err error
	for _, read := range []func() error{
		func() error { p.name, err = nameFrom(fields["name"]); return err },
		func() error { p.avatar, err = avatarFrom(fields["avatar_url"]); return err },
		func() error { p.preferences, err = documentFrom("preferences", fields["preferences"]); return err },
		func() error { p.custom, err = documentFrom("custom", fields["custom"]); return err },
	} {
		if err := read(); err != nil {
			return Patch{}, err
		}
	}
	return p, nil
}

// known refuses a field that is not the person's to change. Its name is
// repeated only if it is one of ours.
func known(field string) error {
	switch {
	case slices.Contains([]string{"name", "avatar_url", "preferences", "custom"}, field):
		return nil
	case slices.Contains([]string{"sub", "email", "version", "source"}, field):
		return ErrField.Because("The field %s cannot be changed here.", field)
	}
	return ErrField.Because("A profile has no field of that name: name, avatar_url, preferences and custom can be changed.")
}

// stringFrom reads a text. Null takes the value away, as an empty text does; an
// absent field is nil.
func stringFrom(field string, raw json.RawMessage) (*string, error) {
	if raw == nil {
		return nil, nil
	}
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, ErrField.Because("The field %s must be a text or null.", field)
	}
	if text == nil {
		return new(string), nil
	}
	return text, nil
}

// nameFrom reads the name and keeps it on one line.
func nameFrom(raw json.RawMessage) (*string, error) {
	name, err := stringFrom("name", raw)
	if name == nil || err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(strings.TrimSpace(*name)) > maxName {
		return nil, ErrField.Because("The field name may have %d characters at most.", maxName)
	}
	return new(cleanName(*name)), nil
}

// avatarFrom reads the avatar's address, which a browser must be able to load
// safely.
func avatarFrom(raw json.RawMessage) (*string, error) {
	address, err := stringFrom("avatar_url", raw)
	if address == nil || *address == "" || err != nil {
		return address, err
	}
	clean := cleanAvatar(*address)
	if clean == "" {
		return nil, ErrField.Because("The field avatar_url must be an https address of %d characters at most.", maxAvatar)
	}
	return &clean, nil
}

// documentFrom reads a change of one of the free objects.
func documentFrom(field string, raw json.RawMessage) (*document, error) {
	if raw == nil {
		return nil, nil
	}
	change, ok := decodeObject(raw)
	if !ok {
		return nil, ErrField.Because("The field %s must be an object or null.", field)
	}
	return &document{change}, nil
}

// Apply returns the profile that the patch makes of p.
func (c Patch) Apply(p Profile) (Profile, error) {
	if c.name != nil {
		p.Name = *c.name
	}
	if c.avatar != nil {
		p.AvatarURL = *c.avatar
	}
	var err error
	if p.Preferences, err = c.preferences.apply("preferences", p.Preferences); err != nil {
		return Profile{}, err
	}
	p.Custom, err = c.custom.apply("custom", p.Custom)
	return p, err
}
