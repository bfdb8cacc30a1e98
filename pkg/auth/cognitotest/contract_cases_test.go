package cognitotest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

func signUpContract() []contractCase {
	return []contractCase{
		{name: "sign-up leaves the user unconfirmed", want: "UNCONFIRMED", act: func(t *testing.T, e *engine, address string) string {
			story{t, e, address}.signUp(password)
			out, got := call(t, e.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &e.poolID, Username: &address})
			if got != fine {
				return got
			}
			return string(out.UserStatus)
		}},
		{name: "an address signs up once", want: "UsernameExistsException", act: func(t *testing.T, e *engine, address string) string {
			s := story{t, e, address}
			s.signUp(password)
			return s.signUp(password)
		}},
		{name: "a weak password is refused", want: "InvalidPasswordException",
			local: deviation{fine, "the password policy is stored and not enforced"},
			act: func(t *testing.T, e *engine, address string) string {
				return story{t, e, address}.signUp("abcdefghijkl")
			}},
		{name: "a wrong code does not confirm", want: "CodeMismatchException", act: func(t *testing.T, e *engine, address string) string {
			s := story{t, e, address}
			s.signUp(password)
			return s.confirm("000000")
		}},
		{name: "the right code confirms", want: "CONFIRMED", act: func(t *testing.T, e *engine, address string) string {
			begin(t, e, address)
			out, got := call(t, e.AdminGetUser, &cip.AdminGetUserInput{UserPoolId: &e.poolID, Username: &address})
			if got != fine {
				return got
			}
			return string(out.UserStatus)
		}},
		{name: "confirming verifies the address", want: "true",
			local: deviation{"absent", "confirming sets the status and leaves email_verified out"},
			act: func(t *testing.T, e *engine, address string) string {
				return begin(t, e, address).attribute("email_verified")
			}},
		{name: "a user confirms once", want: "NotAuthorizedException",
			local: deviation{"ExpiredCodeException", "only the missing code is noticed, not the status"},
			act: func(t *testing.T, e *engine, address string) string {
				return begin(t, e, address).confirm("000000")
			}},
		{name: "a code is sent again on request", want: fine,
			local: deviation{"Unsupported", "ResendConfirmationCode does not exist"},
			act: func(t *testing.T, e *engine, address string) string {
				story{t, e, address}.signUp(password)
				_, got := call(t, e.ResendConfirmationCode, &cip.ResendConfirmationCodeInput{ClientId: &e.clientID, Username: &address})
				return got
			}},
	}
}

func signInContract() []contractCase {
	return []contractCase{
		{name: "an unconfirmed user does not sign in", want: "UserNotConfirmedException", act: func(t *testing.T, e *engine, address string) string {
			s := story{t, e, address}
			s.signUp(password)
			_, got := s.login(password)
			return got
		}},
		{name: "the access token names the client and the user", want: "access true true", act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			c := claims(t, s.tokens().AccessToken)
			return fmt.Sprintf("%v %t %t", c["token_use"], c["client_id"] == e.clientID, c["sub"] == s.attribute("sub"))
		}},
		{name: "the identity token carries the address", want: "id true true", act: func(t *testing.T, e *engine, address string) string {
			c := claims(t, begin(t, e, address).tokens().IdToken)
			return fmt.Sprintf("%v %t %t", c["token_use"], c["aud"] == e.clientID, c["email"] == address)
		}},
		{name: "the result says how long and what kind", want: "3600 Bearer",
			local: deviation{"0 ", "ExpiresIn and TokenType are left out"},
			act: func(t *testing.T, e *engine, address string) string {
				r := begin(t, e, address).tokens()
				return fmt.Sprint(r.ExpiresIn, " ", aws.ToString(r.TokenType))
			}},
		{name: "a wrong password is not authorized", want: "NotAuthorizedException",
			local: deviation{"InvalidPasswordException", "the exception of a weak password is answered to a wrong one"},
			act: func(t *testing.T, e *engine, address string) string {
				_, got := begin(t, e, address).login("Wrong-Horse-99")
				return got
			}},
		{name: "an unknown user is a wrong password", want: "NotAuthorizedException", act: func(t *testing.T, e *engine, address string) string {
			_, got := story{t, e, address}.login(password)
			return got
		}},
		{name: "SRP begins with a challenge", want: "PASSWORD_VERIFIER",
			local: deviation{"Unsupported", "USER_SRP_AUTH does not exist"},
			act: func(t *testing.T, e *engine, address string) string {
				begin(t, e, address)
				out, got := call(t, e.InitiateAuth, &cip.InitiateAuthInput{
					ClientId: &e.clientID, AuthFlow: types.AuthFlowTypeUserSrpAuth,
					AuthParameters: map[string]string{"USERNAME": address, "SRP_A": "abcdef0123456789"},
				})
				if got != fine {
					return got
				}
				return string(out.ChallengeName)
			}},
		{name: "a refresh token gives a new access token", want: "access", act: func(t *testing.T, e *engine, address string) string {
			r := begin(t, e, address).tokens()
			out, got := call(t, e.InitiateAuth, &cip.InitiateAuthInput{
				ClientId: &e.clientID, AuthFlow: types.AuthFlowTypeRefreshTokenAuth,
				AuthParameters: map[string]string{"REFRESH_TOKEN": *r.RefreshToken},
			})
			if got != fine {
				return got
			}
			return fmt.Sprint(claims(t, out.AuthenticationResult.AccessToken)["token_use"])
		}},
		{name: "a revoked refresh token is refused", want: "NotAuthorizedException", act: func(t *testing.T, e *engine, address string) string {
			r := begin(t, e, address).tokens()
			if _, got := call(t, e.RevokeToken, &cip.RevokeTokenInput{ClientId: &e.clientID, Token: r.RefreshToken}); got != fine {
				return got
			}
			_, got := call(t, e.InitiateAuth, &cip.InitiateAuthInput{
				ClientId: &e.clientID, AuthFlow: types.AuthFlowTypeRefreshTokenAuth,
				AuthParameters: map[string]string{"REFRESH_TOKEN": *r.RefreshToken},
			})
			return got
		}},
		{name: "signing out everywhere revokes the access token", want: "NotAuthorizedException",
			local: deviation{"Unsupported", "GlobalSignOut does not exist"},
			act: func(t *testing.T, e *engine, address string) string {
				r := begin(t, e, address).tokens()
				if _, got := call(t, e.GlobalSignOut, &cip.GlobalSignOutInput{AccessToken: r.AccessToken}); got != fine {
					return got
				}
				_, got := call(t, e.GetUser, &cip.GetUserInput{AccessToken: r.AccessToken})
				return got
			}},
		{name: "an app's wrong code does not enrol it", want: "EnableSoftwareTokenMFAException",
			local: deviation{"CodeMismatchException", "the exception of the sign-in is answered to the enrolment"},
			act: func(t *testing.T, e *engine, address string) string {
				access := begin(t, e, address).tokens().AccessToken
				if _, got := call(t, e.AssociateSoftwareToken, &cip.AssociateSoftwareTokenInput{AccessToken: access}); got != fine {
					return got
				}
				_, got := call(t, e.VerifySoftwareToken, &cip.VerifySoftwareTokenInput{AccessToken: access, UserCode: aws.String("000000")})
				return got
			}},
		{name: "an app's code signs in", want: fine, act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			secret := s.enrol(s.tokens().AccessToken)
			return s.answerApp(appCode(t, secret, time.Now().Add(30*time.Second)))
		}},
		{name: "an app's wrong code does not sign in", want: "CodeMismatchException", act: func(t *testing.T, e *engine, address string) string {
			s := begin(t, e, address)
			s.enrol(s.tokens().AccessToken)
			return s.answerApp(aws.String("000000"))
		}},
		{name: "an app's code works once", want: "ExpiredCodeException",
			local: deviation{fine, "codes are not remembered"},
			act: func(t *testing.T, e *engine, address string) string {
				s := begin(t, e, address)
				secret := s.enrol(s.tokens().AccessToken)
				code := appCode(t, secret, time.Now().Add(30*time.Second))
				s.answerApp(code)
				return s.answerApp(code)
			}},
	}
}
