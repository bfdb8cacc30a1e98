package cognitotest

// api lists the operations that the pool answers.
func (s *Server) api() map[string]operation {
	return map[string]operation{
		"SignUp":                           open(s.signUp),
		"ConfirmSignUp":                    open(s.confirmSignUp),
		"ResendConfirmationCode":           open(s.resendConfirmationCode),
		"InitiateAuth":                     open(s.initiateAuth),
		"RespondToAuthChallenge":           open(s.respondToAuthChallenge),
		"GetTokensFromRefreshToken":        open(s.getTokensFromRefreshToken),
		"RevokeToken":                      open(s.revokeToken),
		"GlobalSignOut":                    open(s.globalSignOut),
		"AssociateSoftwareToken":           open(s.associateSoftwareToken),
		"VerifySoftwareToken":              open(s.verifySoftwareToken),
		"SetUserMFAPreference":             open(s.setUserMFAPreference),
		"ForgotPassword":                   open(s.forgotPassword),
		"ConfirmForgotPassword":            open(s.confirmForgotPassword),
		"ChangePassword":                   open(s.changePassword),
		"GetUser":                          open(s.getUser),
		"DeleteUser":                       open(s.deleteUser),
		"UpdateUserAttributes":             open(s.updateUserAttributes),
		"GetUserAttributeVerificationCode": open(s.getVerificationCode),
		"VerifyUserAttribute":              open(s.verifyUserAttribute),

		"AdminInitiateAuth":           signed(s.adminInitiateAuth),
		"AdminRespondToAuthChallenge": signed(s.adminRespond),
		"AdminGetUser":                signed(s.adminGetUser),
		"AdminUpdateUserAttributes":   signed(s.adminUpdateUserAttributes),
		"AdminCreateUser":             signed(s.adminCreateUser),
		"AdminConfirmSignUp":          signed(s.adminConfirmSignUp),
		"AdminSetUserPassword":        signed(s.adminSetUserPassword),
		"AdminDeleteUser":             signed(s.adminDeleteUser),
		"AdminDisableUser":            signed(s.adminDisableUser),
		"AdminEnableUser":             signed(s.adminEnableUser),
		"AdminUserGlobalSignOut":      signed(s.adminUserGlobalSignOut),
		"AdminLinkProviderForUser":    signed(s.adminLinkProviderForUser),
		"ListUsers":                   signed(s.listUsers),
		"DescribeUserPool":            signed(s.describeUserPool),
		"DescribeUserPoolClient":      signed(s.describeUserPoolClient),
	}
}
