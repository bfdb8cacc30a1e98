package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"strings"

	"callanalyst/pkg/fault"
)

// ErrNoCode reports a request for a code's mail without a code.
var ErrNoCode = fault.New(fault.Invalid, "CODE_MISSING", "The event carries no code.")

// Request is what Cognito asks a custom sender to send.
type Request struct {
	Source     string // the trigger source
	PoolID     string
	Code       string            // encrypted; "" for a warning
	Attributes map[string]string // the user's; email is the address to write to
}

// Codes sends the codes and warnings that Cognito asks for.
type Codes struct {
	// Decrypter turns a code of the pool into its plaintext.
	Decrypter interface {
		Decrypt(ctx context.Context, poolID, code string) (string, error)
	}
	Pages  *Pages
	Outbox *Outbox
}

// Send sends the mail that the request asks for, once. A source that nobody
// knows is Ignored: Cognito gains new ones, and a retry would not help.
func (c *Codes) Send(ctx context.Context, r Request) (Outcome, error) {
	l, ok := letterFor(r.Source)
	switch {
	case !ok:
		return Ignored, nil
	case r.Attributes["email"] == "":
		return "", ErrAddress
	case l.hasCode && r.Code == "":
		return "", ErrNoCode
	}
	e := Envelope{ID: r.id(l), To: r.Attributes["email"], Category: Auth, Keep: l.keep}
	return c.Outbox.Deliver(ctx, e, func(ctx context.Context) (Page, string, error) {
		page, err := c.compose(ctx, l, r)
		return page, l.name, err
	})
}

// letterFor returns the mail of a trigger source.
func letterFor(source string) (letter, bool) {
	for _, l := range letters() {
		if source == sourcePrefix+l.source {
			return l, true
		}
	}
	return letter{}, false
}

// id is the mail's id: what differs between two mails, and only that.
func (r Request) id(l letter) string {
	if l.hasCode {
		return "code#" + hash(r.PoolID, r.Code)
	}
	return l.name + "#" + hash(r.PoolID, r.Attributes["sub"], r.Attributes["email"])
}

// hash is the hex SHA-256 of the parts.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// compose decrypts the code and writes the mail.
func (c *Codes) compose(ctx context.Context, l letter, r Request) (Page, error) {
	d := Data{Email: r.Attributes["email"], Name: greeting(r.Attributes)}
	if l.hasCode {
		code, err := c.Decrypter.Decrypt(ctx, r.PoolID, r.Code)
		if err != nil {
			return Page{}, err
		}
		d.Code = code
	}
	if l.escaped {
		d.Code = html.UnescapeString(d.Code)
	}
	return c.Pages.Render(l.name, d)
}

// greeting is the user's name, if the address is known to be theirs. Before
// that anybody can have typed both, and we do not carry words to strangers.
func greeting(attributes map[string]string) string {
	if attributes["email_verified"] != "true" {
		return ""
	}
	return attributes["name"]
}
