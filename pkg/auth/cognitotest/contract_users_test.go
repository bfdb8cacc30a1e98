package cognitotest_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func selfServiceContract() []contractCase {
	const next = "Another-Horse-7"
	return []contractCase{
		{name: "users read themselves", want: "true", act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			out, got := call(t, e.GetUser, &cip.GetUserInput{AccessToken: s.tokens().AccessToken})
			if got != fine {
				return got
			}
			return fmt.Sprint(*out.Username == s.attribute("sub"))
		}},
		{name: "what is no token is not authorized", want: "NotAuthorizedException",
			local: deviation{"InvalidParameterException", "a token that cannot be decoded is called a bad parameter"},
			act: func(t *testing.T, e *engine, _ string) string {
				_, got := call(t, e.GetUser, &cip.GetUserInput{AccessToken: aws.String("junk")})
				return got
			}},
		{name: "users change their name", want: "Ada", act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			_, got := call(t, e.UpdateUserAttributes, &cip.UpdateUserAttributesInput{
				AccessToken: s.tokens().AccessToken, UserAttributes: []types.AttributeType{{Name: aws.String("name"), Value: aws.String("Ada")}},
			})
			if got != fine {
				return got
			}
			return s.attribute("name")
		}},
		{name: "a user does not write what only the owner may", want: "NotAuthorizedException",
			local: deviation{fine, "WriteAttributes is stored and not enforced"},
			act: func(t *testing.T, e *engine, address string) string {
				_, got := call(t, e.UpdateUserAttributes, &cip.UpdateUserAttributesInput{
					AccessToken:    begin(t, e, address).tokens().AccessToken,
					UserAttributes: []types.AttributeType{{Name: aws.String("custom:tos_version"), Value: aws.String("x")}},
				})
				return got
			}},
		{name: "a forgotten password is replaced", want: fine, act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			call(t, e.ForgotPassword, &cip.ForgotPasswordInput{ClientId: &e.clientID, Username: &address})
			if _, got := call(t, e.ConfirmForgotPassword, &cip.ConfirmForgotPasswordInput{
				ClientId: &e.clientID, Username: &address, Password: aws.String(next), ConfirmationCode: aws.String(e.code(t, address)),
			}); got != fine {
				return got
			}
			_, got := s.login(next)
			return got
		}},
		{name: "a wrong code does not replace a password", want: "CodeMismatchException", act: func(t *testing.T, e *engine, address string) string {
			begin(t, e, address)
			call(t, e.ForgotPassword, &cip.ForgotPasswordInput{ClientId: &e.clientID, Username: &address})
			_, got := call(t, e.ConfirmForgotPassword, &cip.ConfirmForgotPasswordInput{
				ClientId: &e.clientID, Username: &address, Password: aws.String(next), ConfirmationCode: aws.String("000000"),
			})
			return got
		}},
		{name: "forgetting the password of nobody looks the same", want: fine,
			local: deviation{"UserNotFoundException", "PreventUserExistenceErrors covers only sign-in"},
			act: func(t *testing.T, e *engine, address string) string {
				_, got := call(t, e.ForgotPassword, &cip.ForgotPasswordInput{ClientId: &e.clientID, Username: &address})
				return got
			}},
		{name: "users change their password", want: fine, act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			if _, got := call(t, e.ChangePassword, &cip.ChangePasswordInput{
				AccessToken: s.tokens().AccessToken, PreviousPassword: aws.String(password), ProposedPassword: aws.String(next),
			}); got != fine {
				return got
			}
			_, got := s.login(next)
			return got
		}},
		{name: "a wrong old password changes nothing", want: "NotAuthorizedException",
			local: deviation{"InvalidPasswordException", "the exception of a weak password is answered to a wrong one"},
			act: func(t *testing.T, e *engine, address string) string {
				_, got := call(t, e.ChangePassword, &cip.ChangePasswordInput{
					AccessToken:      begin(t, e, address).tokens().AccessToken,
					PreviousPassword: aws.String("Wrong-Horse-99"), ProposedPassword: aws.String(next),
				})
				return got
			}},
		{name: "a deleted user is gone", want: "UserNotFoundException", act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			if _, got := call(t, e.DeleteUser, &cip.DeleteUserInput{AccessToken: s.tokens().AccessToken}); got != fine {
				return got
			}
			return s.attribute("sub")
		}},
	}
}

func ownerContract() []contractCase {
	return []contractCase{
		{name: "the owner learns that a user does not exist", want: "UserNotFoundException", act: func(t *testing.T, e *engine, address string) string {
			return story{t, e, address}.attribute("sub")
		}},
		{name: "the owner writes what users may not", want: "2026-06-01", act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			_, got := call(t, e.AdminUpdateUserAttributes, &cip.AdminUpdateUserAttributesInput{
				UserPoolId: &e.poolID, Username: &address,
				UserAttributes: []types.AttributeType{{Name: aws.String("custom:tos_version"), Value: aws.String("2026-06-01")}},
			})
			if got != fine {
				return got
			}
			return s.attribute("custom:tos_version")
		}},
		{name: "an attribute outside the schema is refused", want: "InvalidParameterException", act: func(t *testing.T, e *engine, address string) string {
			begin(t, e, address)
			_, got := call(t, e.AdminUpdateUserAttributes, &cip.AdminUpdateUserAttributesInput{
				UserPoolId: &e.poolID, Username: &address,
				UserAttributes: []types.AttributeType{{Name: aws.String("custom:unheard_of"), Value: aws.String("x")}},
			})
			return got
		}},
		{name: "a filter finds one user", want: "1", act: func(t *testing.T, e *engine, address string) string {
			begin(t, e, address)
			out, got := call(t, e.ListUsers, &cip.ListUsersInput{UserPoolId: &e.poolID, Filter: aws.String(`email = "` + address + `"`)})
			if got != fine {
				return got
			}
			return fmt.Sprint(len(out.Users))
		}},
		{name: "an invited user must choose a password", want: "NEW_PASSWORD_REQUIRED", act: func(t *testing.T, e *engine, address string) string {
			out, got := invite(t, e, address)
			if got != fine {
				return got
			}
			return string(out.ChallengeName)
		}},
		{name: "an invited user chooses a password", want: fine, act: func(t *testing.T, e *engine, address string) string {
			out, got := invite(t, e, address)
			if got != fine {
				return got
			}
			answer, got := call(t, e.RespondToAuthChallenge, &cip.RespondToAuthChallengeInput{
				ClientId: &e.clientID, ChallengeName: types.ChallengeNameTypeNewPasswordRequired, Session: out.Session,
				ChallengeResponses: map[string]string{"USERNAME": address, "NEW_PASSWORD": password},
			})
			if got == fine && answer.AuthenticationResult == nil {
				return "no tokens"
			}
			return got
		}},
		{name: "a disabled user does not sign in", want: "NotAuthorizedException",
			local: deviation{fine, "Enabled is stored and not looked at"},
			act: func(t *testing.T, e *engine, address string) string {
				s := begin(t, e, address)
				if _, got := call(t, e.AdminDisableUser, &cip.AdminDisableUserInput{UserPoolId: &e.poolID, Username: &address}); got != fine {
					return got
				}
				_, got := s.login(password)
				return got
			}},
	}
}

// invite creates a user with a temporary password and signs in with it.
func invite(t *testing.T, e *engine, address string) (*cip.InitiateAuthOutput, string) {
	t.Helper()
	const temporary = "Temporary-Horse-1"
	if _, got := call(t, e.AdminCreateUser, &cip.AdminCreateUserInput{
		UserPoolId: &e.poolID, Username: &address, TemporaryPassword: aws.String(temporary), MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &address}},
	}); got != fine {
		return nil, got
	}
	return story{t, e, address}.login(temporary)
}
