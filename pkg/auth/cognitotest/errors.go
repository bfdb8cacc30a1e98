package cognitotest

import "net/http"

// apiError is an answer of the API that is not a result: Cognito's exception
// name and message.
type apiError struct {
	status        int
	kind, message string
}

// Error returns the exception's name and message.
func (e *apiError) Error() string { return e.kind + ": " + e.message }

func fail(kind, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, kind: kind, message: message}
}

// errInternal hides what went wrong inside the stand-in, as AWS does.
func errInternal(err error) *apiError {
	return &apiError{status: http.StatusInternalServerError, kind: "InternalErrorException", message: err.Error()}
}

func errNotAuthorized(message string) *apiError { return fail("NotAuthorizedException", message) }

func errParameter(message string) *apiError { return fail("InvalidParameterException", message) }

// errCredentials is the one answer to a wrong password and to an unknown user.
func errCredentials() *apiError { return errNotAuthorized("Incorrect username or password.") }

func errUserNotFound() *apiError { return fail("UserNotFoundException", "User does not exist.") }

func errDisabled() *apiError { return errNotAuthorized("User is disabled.") }

func errEmailTaken() *apiError {
	return fail("UsernameExistsException", "An account with the given email already exists.")
}

func errAliasTaken() *apiError {
	return fail("AliasExistsException", "An account with the given email already exists.")
}

func errCodeMismatch() *apiError {
	return fail("CodeMismatchException", "Invalid verification code provided, please try again.")
}

func errCodeExpired() *apiError {
	return fail("ExpiredCodeException", "Invalid code provided, please request a code again.")
}

func errLimit() *apiError {
	return fail("LimitExceededException", "Attempt limit exceeded, please try after some time.")
}
