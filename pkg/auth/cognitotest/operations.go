package cognitotest

// api lists the operations that the pool answers.
func (s *Server) api() map[string]operation {
	return map[string]operation{
		"SignUp":                    open(s.signUp),
		"ConfirmSignUp":             open(s.confirmSignUp),
		"ResendConfirmationCode":    open(s.resendConfirmationCode),
		"InitiateAuth":              open(s.initiateAuth),
		"RespondToAuthChallenge":    open(s.respondToAuthChallenge),
		"GetTokensFromRefreshToken": open(s.getTokensFromRefreshToken),
		"AssociateSoftwareToken":    open(s.associateSoftwareToken),
		"VerifySoftwareToken":       open(s.verifySoftwareToken),
		"SetUserMFAPreference":      open(s.setUserMFAPreference),
		"ForgotPassword":            open(s.forgotPassword),
		"ConfirmForgotPassword":     open(s.confirmForgotPassword),

		"AdminInitiateAuth":         signed(s.adminInitiateAuth),
		"AdminGetUser":              signed(s.adminGetUser),
		"AdminUpdateUserAttributes": signed(s.adminUpdateUserAttributes),
	}
}
