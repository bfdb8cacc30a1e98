// Package mail tells people what they must know: the codes and warnings that
// Cognito asks for, and a welcome.
//
// A mail has a deterministic id, which an Outbox claims in the table mails
// before it sends and marks as sent afterwards: triggers and queues run more
// than once, and at once, but a person gets one mail. Codes come encrypted and
// are decrypted behind a narrow interface, so that only the one function that
// sends them carries the Encryption SDK (package emailcode).
//
// No code, plaintext or address is in any error or log line of this package.
package mail

import "strings"

// Category decides how a mail is sent.
type Category int

// The categories. The zero value is Auth, which never tracks its reader.
const (
	Auth    Category = iota // codes and warnings: one cannot unsubscribe from them
	Product                 // all other mail
)

// String is the category's name in tags and logs.
func (c Category) String() string {
	if c == Product {
		return "product"
	}
	return "auth"
}

// Message is one mail, ready to be sent.
type Message struct {
	Category Category
	Name     string // the template's name; SES tags the mail with it
	To       string // one address without a display name
	Page
}

// Page is a mail's content.
type Page struct {
	Subject string // one line
	HTML    string
	Text    string
}

// oneLine turns every run of white space and control characters into one
// space: a header's value must not begin another header.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029' }), " ")
}
