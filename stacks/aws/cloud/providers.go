package cloud

import (
	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/stacks/aws/stage"
)

// provider is one way to sign in beside the password. The client has to wait for
// its construct.
type provider struct {
	client    awscognito.UserPoolClientIdentityProvider
	construct constructs.IConstruct
}

// providers builds Google and Apple, as the stage says. email_verified is
// mapped: without it the sign-up trigger cannot tell a proven address from a
// claimed one.
func (b *builder) providers(s cdk.Stack) []provider {
	if b.stage.Lacks(stage.Providers) {
		return nil
	}
	var out []provider
	if b.stage.Google {
		out = append(out, b.google(s))
	}
	if b.stage.Apple != nil {
		out = append(out, b.apple(s))
	}
	return out
}

func (b *builder) google(s cdk.Stack) provider {
	return provider{awscognito.UserPoolClientIdentityProvider_GOOGLE(), awscognito.NewUserPoolIdentityProviderGoogle(s, jsii.String("Google"),
		&awscognito.UserPoolIdentityProviderGoogleProps{
			UserPool: b.pool, Scopes: jsii.Strings("openid", "email", "profile"),
			ClientId: b.reference("google", "client_id").UnsafeUnwrap(), ClientSecretValue: b.reference("google", "client_secret"),
			AttributeMapping: &awscognito.AttributeMapping{
				Email: awscognito.ProviderAttribute_GOOGLE_EMAIL(), EmailVerified: awscognito.ProviderAttribute_GOOGLE_EMAIL_VERIFIED(),
				Fullname: awscognito.ProviderAttribute_GOOGLE_NAME(),
			},
		})}
}

func (b *builder) apple(s cdk.Stack) provider {
	a := b.stage.Apple
	return provider{awscognito.UserPoolClientIdentityProvider_APPLE(), awscognito.NewUserPoolIdentityProviderApple(s, jsii.String("Apple"),
		&awscognito.UserPoolIdentityProviderAppleProps{
			UserPool: b.pool, Scopes: jsii.Strings("email", "name"),
			ClientId: jsii.String(a.ClientID), TeamId: jsii.String(a.TeamID), KeyId: jsii.String(a.KeyID),
			PrivateKeyValue: b.reference("apple", "private_key"),
			AttributeMapping: &awscognito.AttributeMapping{
				Email: awscognito.ProviderAttribute_APPLE_EMAIL(), EmailVerified: awscognito.ProviderAttribute_APPLE_EMAIL_VERIFIED(),
				Fullname: awscognito.ProviderAttribute_APPLE_NAME(),
			},
		})}
}

// reference is a value that CloudFormation reads from Secrets Manager while it
// deploys: the template has the name alone.
func (b *builder) reference(secret, field string) cdk.SecretValue {
	return cdk.SecretValue_SecretsManager(jsii.String(b.stage.SecretName(secret)), &cdk.SecretsManagerSecretOptions{JsonField: jsii.String(field)})
}
