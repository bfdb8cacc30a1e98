package mail

import "time"

// letter is one of the mails that Cognito asks for.
type letter struct {
	source  string        // Cognito's trigger source, after "CustomEmailSender_"
	name    string        // the template
	hasCode bool          // a code or a temporary password comes with it
	escaped bool          // Cognito escapes the plaintext for HTML
	keep    time.Duration // how long the same one is not sent again
}

// sourcePrefix begins the name of every source of the custom e-mail sender.
const sourcePrefix = "CustomEmailSender_"

// keepCode is longer than Lambda tries an event: six hours. A new code is a new
// mail, because Cognito encrypts each anew.
const keepCode = 48 * time.Hour

// keepWarning is the time in which a person gets one warning at most. Warnings
// have no code that would tell a second one from another try of the first.
const keepWarning = time.Hour

// letters returns the eight mails that Cognito asks for.
func letters() []letter {
	return []letter{
		{source: "SignUp", name: "sign-up", hasCode: true, keep: keepCode},
		{source: "ResendCode", name: "resend-code", hasCode: true, keep: keepCode},
		{source: "Authentication", name: "sign-in", hasCode: true, keep: keepCode},
		{source: "ForgotPassword", name: "forgot-password", hasCode: true, keep: keepCode},
		{source: "UpdateUserAttribute", name: "update-attribute", hasCode: true, keep: keepCode},
		{source: "VerifyUserAttribute", name: "verify-attribute", hasCode: true, keep: keepCode},
		{source: "AdminCreateUser", name: "admin-create-user", hasCode: true, escaped: true, keep: keepCode},
		{source: "AccountTakeOverNotification", name: "take-over", keep: keepWarning},
	}
}
