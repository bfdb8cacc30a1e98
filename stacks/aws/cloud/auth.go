package cloud

import (
	"strings"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// authStack is who may sign in. It is the pool's only writer: whatever else
// updates a pool resets every property that it does not name, triggers included.
func (b *builder) authStack() {
	s := b.stack("AuthStack", "sign-up and sign-in")
	b.userPool(s)
	for _, f := range b.living("AuthStack") {
		b.trigger(f.Trigger.Cognito, f.Name, s)
	}
	for _, f := range b.living("SesStack") {
		if f.Trigger.Cognito != "" {
			b.trigger(f.Trigger.Cognito, f.Name, nil)
		}
	}
	b.domain = b.pool.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: jsii.String(b.stage.AuthPrefix)},
	})
	b.webClient(b.providers(s))
	b.poolGrants(s)
	b.fencePool(s)
	output(s, "UserPoolId", b.pool.UserPoolId(), "the user pool")
	output(s, "UserPoolClientId", b.client.UserPoolClientId(), "the browser's app client, which has no secret")
	output(s, "UserPoolDomain", b.domain.BaseUrl(nil), "where Google and Apple sign-in start")
}

// trigger puts a row's function on the pool, building it in s unless it is built
// already.
func (b *builder) trigger(source, name string, s cdk.Stack) {
	if s != nil {
		for _, f := range b.rows {
			if f.Name == name {
				b.function(s, f)
			}
		}
	}
	operation := awscognito.UserPoolOperation_Of(jsii.String(strings.ToLower(source[:1]) + source[1:]))
	b.pool.AddTrigger(operation, b.functions[name], "")
}

func (b *builder) userPool(s cdk.Stack) {
	mutable := func() awscognito.ICustomAttribute {
		return awscognito.NewStringAttribute(&awscognito.StringAttributeProps{Mutable: jsii.Bool(true)})
	}
	b.pool = awscognito.NewUserPool(s, jsii.String("Pool"), &awscognito.UserPoolProps{
		UserPoolName: jsii.String(b.stage.Physical("people")), SelfSignUpEnabled: jsii.Bool(true),
		SignInAliases: &awscognito.SignInAliases{Email: jsii.Bool(true)}, SignInCaseSensitive: jsii.Bool(false),
		AutoVerify: &awscognito.AutoVerifiedAttrs{Email: jsii.Bool(true)},
		// A new address counts once it is verified; until then the old one stays.
		KeepOriginal: &awscognito.KeepOriginalAttrs{Email: jsii.Bool(true)},
		StandardAttributes: &awscognito.StandardAttributes{
			Email: &awscognito.StandardAttribute{Required: jsii.Bool(true), Mutable: jsii.Bool(true)},
		},
		// Adding one is for ever. No client may write them: see webClient.
		CustomAttributes: &map[string]awscognito.ICustomAttribute{
			"stripe_customer_id": mutable(), "tos_accepted_at": mutable(), "tos_version": mutable(), "cookie_consent_at": mutable(),
		},
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength: jsii.Number(12), RequireLowercase: jsii.Bool(true), RequireUppercase: jsii.Bool(true),
			RequireDigits: jsii.Bool(true), RequireSymbols: jsii.Bool(true),
		},
		Mfa: awscognito.Mfa_OPTIONAL, MfaSecondFactor: &awscognito.MfaSecondFactor{Sms: jsii.Bool(false), Otp: jsii.Bool(true)},
		AccountRecovery: awscognito.AccountRecovery_EMAIL_ONLY, FeaturePlan: awscognito.FeaturePlan_ESSENTIALS,
		CustomSenderKmsKey: b.codeKey, DeletionProtection: jsii.Bool(b.stage.Retain), RemovalPolicy: b.keep(),
	})
}

// webClient is the browser's. It may write the address and the name alone: it
// could otherwise give itself another customer's Stripe id or forge its consent.
func (b *builder) webClient(providers []provider) {
	supported := []awscognito.UserPoolClientIdentityProvider{awscognito.UserPoolClientIdentityProvider_COGNITO()}
	for _, p := range providers {
		supported = append(supported, p.client)
	}
	options := &awscognito.UserPoolClientOptions{
		UserPoolClientName: jsii.String("web"), GenerateSecret: jsii.Bool(false),
		AuthFlows:                  &awscognito.AuthFlow{UserSrp: jsii.Bool(true), UserPassword: jsii.Bool(b.stage.Password)},
		SupportedIdentityProviders: &supported,
		AccessTokenValidity:        cdk.Duration_Hours(jsii.Number(1)), IdTokenValidity: cdk.Duration_Hours(jsii.Number(1)),
		RefreshTokenValidity:       cdk.Duration_Days(jsii.Number(30)),
		PreventUserExistenceErrors: jsii.Bool(true), EnableTokenRevocation: jsii.Bool(true),
		// Without this block CDK turns on the implicit grant, to example.com.
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true), ImplicitCodeGrant: jsii.Bool(false)},
			CallbackUrls: jsii.Strings(b.returns("/", "/callback", "/auth/callback")...),
			LogoutUrls:   jsii.Strings(b.returns("/")...),
			Scopes: &[]awscognito.OAuthScope{
				awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_EMAIL(), awscognito.OAuthScope_PROFILE(), awscognito.OAuthScope_COGNITO_ADMIN(),
			},
		},
		ReadAttributes: awscognito.NewClientAttributes().WithStandardAttributes(&awscognito.StandardAttributesMask{
			Email: jsii.Bool(true), EmailVerified: jsii.Bool(true), Fullname: jsii.Bool(true),
		}),
		WriteAttributes: awscognito.NewClientAttributes().WithStandardAttributes(&awscognito.StandardAttributesMask{
			Email: jsii.Bool(true), Fullname: jsii.Bool(true),
		}),
	}
	if b.stage.Rotation {
		options.RefreshTokenRotationGracePeriod = cdk.Duration_Seconds(jsii.Number(30))
	}
	b.client = b.pool.AddClient(jsii.String("WebClient"), options)
	for _, p := range providers {
		b.client.Node().AddDependency(p.construct)
	}
}

// returns lists the paths on every site that sign-in may come back to.
func (b *builder) returns(paths ...string) []string {
	var out []string
	for _, site := range append([]string{b.stage.SiteURL}, b.stage.Callbacks...) {
		for _, p := range paths {
			out = append(out, site+p)
		}
	}
	return out
}
