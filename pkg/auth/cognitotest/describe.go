package cognitotest

import (
	"context"
	"strings"
)

// arn names a resource of the pool's region and account.
func (s *Server) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + s.cfg.region() + ":" + s.cfg.Account + ":" + resource
}

type poolRequest struct {
	UserPoolID string `json:"UserPoolId"`
}

// document is a JSON object whose shape the API documents.
type document = map[string]any

// describeUserPool shows how the pool is set up.
func (s *Server) describeUserPool(_ context.Context, in poolRequest) (any, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return nil, err
	}
	return document{"UserPool": document{
		"Id": s.cfg.PoolID, "Name": "callanalyst", "Arn": s.arn("cognito-idp", "userpool/"+s.cfg.PoolID),
		"UsernameAttributes":     []string{"email"},
		"AutoVerifiedAttributes": []string{"email"},
		"UsernameConfiguration":  document{"CaseSensitive": false},
		"MfaConfiguration":       s.mfaConfiguration(),
		"Policies": document{"PasswordPolicy": document{
			"MinimumLength": passwordMin, "RequireUppercase": true, "RequireLowercase": true,
			"RequireNumbers": true, "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
		}},
		"AccountRecoverySetting":      document{"RecoveryMechanisms": []document{{"Name": "verified_email", "Priority": 1}}},
		"UserAttributeUpdateSettings": document{"AttributesRequireVerificationBeforeUpdate": []string{"email"}},
		"AdminCreateUserConfig":       document{"AllowAdminCreateUserOnly": false},
		"SchemaAttributes":            s.schema(), "LambdaConfig": s.lambdaConfig(),
		"DeletionProtection": "ACTIVE", "EstimatedNumberOfUsers": len(s.users.all()),
		"CreationDate": epoch(s.created), "LastModifiedDate": epoch(s.created),
	}}, nil
}

func (s *Server) mfaConfiguration() string {
	if s.cfg.RequireMFA {
		return "ON"
	}
	return "OPTIONAL"
}

func (s *Server) lambdaConfig() document {
	out := document{}
	for trigger, function := range s.cfg.Functions {
		arn := s.arn("lambda", "function:"+function)
		if trigger != CustomEmailSender {
			out[string(trigger)] = arn
			continue
		}
		out["CustomEmailSender"] = document{"LambdaVersion": "V1_0", "LambdaArn": arn}
		out["KMSKeyID"] = s.cfg.KMSKeyID
	}
	return out
}

func (s *Server) schema() []document {
	var out []document
	for _, name := range append(schemaStandard(), schemaCustom()...) {
		kind := "String"
		if strings.HasSuffix(name, "_verified") {
			kind = "Boolean"
		}
		out = append(out, document{
			"Name": name, "AttributeDataType": kind, "DeveloperOnlyAttribute": false,
			"Mutable": name != "sub", "Required": name == "email" || name == "sub",
		})
	}
	return out
}

type clientRequest struct {
	poolRequest
	ClientID string `json:"ClientId"`
}

// describeUserPoolClient shows how the app client is set up.
func (s *Server) describeUserPoolClient(_ context.Context, in clientRequest) (any, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return nil, err
	}
	if err := s.checkClient(in.ClientID); err != nil {
		return nil, err
	}
	out := document{
		"UserPoolId": s.cfg.PoolID, "ClientId": s.cfg.ClientID, "ClientName": "web",
		"ExplicitAuthFlows": s.flows(), "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": true,
		"ReadAttributes": clientReads(), "WriteAttributes": clientWrites(),
		"AccessTokenValidity": 60, "IdTokenValidity": 60, "RefreshTokenValidity": 30,
		"TokenValidityUnits":              document{"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "days"},
		"AuthSessionValidity":             3,
		"AllowedOAuthFlows":               []string{"code"},
		"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthScopes": allowedScopes(),
		"CallbackURLs": s.cfg.CallbackURLs, "LogoutURLs": s.cfg.LogoutURLs,
		"SupportedIdentityProviders": []string{"COGNITO", ProviderGoogle, ProviderApple},
		"CreationDate":               epoch(s.created), "LastModifiedDate": epoch(s.created),
	}
	if s.cfg.Rotation.On {
		out["RefreshTokenRotation"] = document{
			"Feature": "ENABLED", "RetryGracePeriodSeconds": int(s.cfg.Rotation.Grace.Seconds()),
		}
	}
	return document{"UserPoolClient": out}, nil
}

// flows are the sign-in flows of the app client.
func (s *Server) flows() []string {
	out := []string{"ALLOW_USER_SRP_AUTH"}
	if !s.cfg.NoPasswordAuth {
		out = append(out, "ALLOW_USER_PASSWORD_AUTH")
	}
	if !s.cfg.Rotation.On {
		out = append(out, "ALLOW_REFRESH_TOKEN_AUTH")
	}
	return out
}

// allowedScopes are what the hosted pages may grant.
func allowedScopes() []string { return []string{"openid", "email", "profile", scopeAdmin} }
