package cognitotest_test

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/auth/cognitotest"
)

// head is the part that all events share.
func head(source, userName, client string) string {
	return fmt.Sprintf(`"version":"1","triggerSource":%q,"region":"us-east-2","userPoolId":%q,"userName":%q,
		"callerContext":{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":%q}`, source, poolID, userName, client)
}

const preSignUpResponse = `"response":{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`

func TestPreSignUpEvent(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.PreSignUp))
	out, err := p.SignUp(t.Context(), &cip.SignUpInput{
		ClientId: aws.String(clientID), Username: aws.String(email), Password: aws.String(password),
		UserAttributes: []types.AttributeType{{Name: aws.String("name"), Value: aws.String("Ada")}},
		ValidationData: []types.AttributeType{{Name: aws.String("turnstile"), Value: aws.String("tok")}},
		ClientMetadata: map[string]string{"tos_accepted": "true", "tos_version": "2026-06-01"},
	})
	ok(t, "SignUp", err)
	wantEvent(t, l.only(t, "PreSignUp"), `{`+head("PreSignUp_SignUp", *out.UserSub, clientID)+`,
		"request":{"userAttributes":{"email":"ada@example.com","name":"Ada"},"validationData":{"turnstile":"tok"},
			"clientMetadata":{"tos_accepted":"true","tos_version":"2026-06-01"}},`+preSignUpResponse+`}`)
}

func TestPreSignUpEventWithoutMetadata(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.PreSignUp))
	sub := p.signUp(t, email)
	wantEvent(t, l.only(t, "PreSignUp"), `{`+head("PreSignUp_SignUp", sub, clientID)+`,
		"request":{"userAttributes":{"email":"ada@example.com"},"validationData":null},`+preSignUpResponse+`}`)
}

func TestPreSignUpEventOfAnInvitation(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("PreSignUp", object{"autoConfirmUser": true, "autoVerifyEmail": true})
	p := newPool(t, withLambda(l, cognitotest.PreSignUp))
	out, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: aws.String(poolID), Username: aws.String(email), ClientMetadata: map[string]string{"by": "support"},
	})
	ok(t, "AdminCreateUser", err)
	wantEvent(t, l.only(t, "PreSignUp"), `{`+head("PreSignUp_AdminCreateUser", *out.User.Username, "CLIENT_ID_NOT_APPLICABLE")+`,
		"request":{"userAttributes":{"email":"ada@example.com"},"validationData":null,"clientMetadata":{"by":"support"}},`+preSignUpResponse+`}`)
	if out.User.UserStatus != types.UserStatusTypeForceChangePassword {
		t.Errorf("status = %s, want FORCE_CHANGE_PASSWORD: the flags are ignored for an invited user", out.User.UserStatus)
	}
	if u, _ := p.server.User(email); u.Attributes["email_verified"] != "" {
		t.Errorf("email_verified = %q, want unset: the flags are ignored for an invited user", u.Attributes["email_verified"])
	}
}

func TestPostConfirmationEvent(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.PostConfirmation))
	sub := p.signUp(t, email)
	_, err := p.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{
		ClientId: aws.String(clientID), Username: aws.String(email), ConfirmationCode: aws.String(p.inbox.code(t)),
		ClientMetadata: map[string]string{"campaign": "june"},
	})
	ok(t, "ConfirmSignUp", err)
	wantEvent(t, l.only(t, "PostConfirmation"), `{`+head("PostConfirmation_ConfirmSignUp", sub, clientID)+`,
		"request":{"userAttributes":{"sub":"`+sub+`","email":"ada@example.com","email_verified":"true","cognito:user_status":"CONFIRMED"},
			"clientMetadata":{"campaign":"june"}},"response":{}}`)
}

func TestPostConfirmationEventByTheOwner(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.PostConfirmation))
	sub := p.signUp(t, email)
	_, err := p.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: aws.String(poolID), Username: aws.String(email)})
	ok(t, "AdminConfirmSignUp", err)
	wantEvent(t, l.only(t, "PostConfirmation"), `{`+head("PostConfirmation_ConfirmSignUp", sub, "CLIENT_ID_NOT_APPLICABLE")+`,
		"request":{"userAttributes":{"sub":"`+sub+`","email":"ada@example.com","email_verified":"false","cognito:user_status":"CONFIRMED"}},
		"response":{}}`)
}

func TestPostConfirmationEventOfAReset(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.PostConfirmation))
	sub := p.confirmed(t, email)
	p.forgot(t, email)
	_, err := p.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{
		ClientId: aws.String(clientID), Username: aws.String(email), Password: aws.String("Another-Horse-7"),
		ConfirmationCode: aws.String(p.inbox.code(t)), ClientMetadata: map[string]string{"from": "page"},
	})
	ok(t, "ConfirmForgotPassword", err)
	all := l.seen("PostConfirmation")
	wantEvent(t, all[len(all)-1], `{`+head("PostConfirmation_ConfirmForgotPassword", sub, clientID)+`,
		"request":{"userAttributes":{"sub":"`+sub+`","email":"ada@example.com","email_verified":"true","cognito:user_status":"CONFIRMED"},
			"clientMetadata":{"from":"page"}},"response":{}}`)
}

// An auto-confirmed sign-up is the only one whose metadata reaches the second
// trigger.
func TestAutoConfirmedSignUp(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("PreSignUp", object{"autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": false})
	p := newPool(t, withLambda(l, cognitotest.PreSignUp, cognitotest.PostConfirmation))
	out, err := p.SignUp(t.Context(), &cip.SignUpInput{
		ClientId: aws.String(clientID), Username: aws.String(email), Password: aws.String(password), ClientMetadata: map[string]string{"a": "b"},
	})
	ok(t, "SignUp", err)
	if !out.UserConfirmed || out.CodeDeliveryDetails != nil {
		t.Errorf("SignUp confirmed = %t, delivery = %v, want true and none", out.UserConfirmed, out.CodeDeliveryDetails)
	}
	e := l.only(t, "PostConfirmation")
	wantEvent(t, e, `{`+head("PostConfirmation_ConfirmSignUp", *out.UserSub, clientID)+`,
		"request":{"userAttributes":{"sub":"`+*out.UserSub+`","email":"ada@example.com","email_verified":"true","cognito:user_status":"CONFIRMED"},
			"clientMetadata":{"a":"b"}},"response":{}}`)
	p.login(t, email, password)
	if n := len(p.inbox.all()); n != 0 {
		t.Errorf("%d messages were sent to an auto-confirmed user, want none", n)
	}
}

const migrationNulls = `"response":{"userAttributes":null,"finalUserStatus":null,"messageAction":null,
	"desiredDeliveryMediums":null,"forceAliasCreation":null,"enableSMSMFA":null}`

func TestMigrationEventOfASignIn(t *testing.T) {
	t.Parallel()
	l := newLambda()
	l.respond("UserMigration", object{"userAttributes": object{"email": email, "email_verified": "true"}, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS"})
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	_, err := p.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: aws.String(clientID), AuthFlow: types.AuthFlowTypeUserPasswordAuth, ClientMetadata: map[string]string{"k": "v"},
		AuthParameters: map[string]string{"USERNAME": email, "PASSWORD": "old"},
	})
	ok(t, "InitiateAuth", err)
	wantEvent(t, l.only(t, "UserMigration"), `{`+head("UserMigration_Authentication", email, clientID)+`,
		"request":{"password":"old","validationData":{"k":"v"}},`+migrationNulls+`}`)
}

func TestMigrationEventOfAForgottenPassword(t *testing.T) {
	t.Parallel()
	l := newLambda()
	p := newPool(t, withLambda(l, cognitotest.UserMigration))
	_, err := p.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{
		ClientId: aws.String(clientID), Username: aws.String(email), ClientMetadata: map[string]string{"k": "v"},
	})
	ok(t, "ForgotPassword", err)
	wantEvent(t, l.only(t, "UserMigration"), `{`+head("UserMigration_ForgotPassword", email, clientID)+`,
		"request":{"validationData":null,"clientMetadata":{"k":"v"}},`+migrationNulls+`}`)
}
