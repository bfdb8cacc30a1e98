package cloud_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestEveryTriggerIsOnThePool is the guard before a deploy against a trigger
// that was lost: the pool names each function of the manifest, and no other.
func TestEveryTriggerIsOnThePool(t *testing.T) {
	auth := templates(t)["AuthStack"]
	config, _ := at(one(t, auth, "AWS::Cognito::UserPool"), "LambdaConfig").(map[string]any)
	got := map[string]bool{}
	for source, v := range config {
		switch source {
		case "KMSKeyID":
			continue
		case "CustomEmailSender":
			if at(v, "LambdaVersion") != "V1_0" {
				t.Errorf("CustomEmailSender speaks %v, want V1_0", at(v, "LambdaVersion"))
			}
		}
		got[source] = true
	}
	want := map[string]bool{}
	for _, f := range rows() {
		if f.Trigger.Cognito != "" {
			want[f.Trigger.Cognito] = true
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("triggers (-manifest +template):\n%s", diff)
	}
	if config["KMSKeyID"] == nil {
		t.Error("the pool has no key for the codes it hands over")
	}
	if n := len(auth.of("AWS::Lambda::Permission")); n != len(want) {
		t.Errorf("Cognito may invoke %d functions, want %d", n, len(want))
	}
	for id, p := range auth.of("AWS::Lambda::Permission") {
		if p["Principal"] != "cognito-idp.amazonaws.com" || p["SourceArn"] == nil {
			t.Errorf("%s lets more than this pool invoke: %s", id, inJSON(p))
		}
	}
}

func TestThePoolIsAsDecided(t *testing.T) {
	pool := one(t, templates(t)["AuthStack"], "AWS::Cognito::UserPool")
	for _, tt := range []struct {
		what string
		path []any
		want string
	}{
		{"sign-in by e-mail", []any{"UsernameAttributes"}, `["email"]`},
		{"letter case does not count", []any{"UsernameConfiguration", "CaseSensitive"}, `false`},
		{"the address is verified", []any{"AutoVerifiedAttributes"}, `["email"]`},
		{"an address counts once verified", []any{"UserAttributeUpdateSettings", "AttributesRequireVerificationBeforeUpdate"}, `["email"]`},
		{"one-time passwords, no SMS", []any{"EnabledMfas"}, `["SOFTWARE_TOKEN_MFA"]`},
		{"optional second factor", []any{"MfaConfiguration"}, `"OPTIONAL"`},
		{"recovery by e-mail alone", []any{"AccountRecoverySetting", "RecoveryMechanisms"}, `[{"Name":"verified_email","Priority":1}]`},
		{"the plan", []any{"UserPoolTier"}, `"ESSENTIALS"`},
		{"deletion protection", []any{"DeletionProtection"}, `"ACTIVE"`},
		{"password length", []any{"Policies", "PasswordPolicy", "MinimumLength"}, `12`},
		{"self sign-up", []any{"AdminCreateUserConfig", "AllowAdminCreateUserOnly"}, `false`},
	} {
		if got := inJSON(at(pool, tt.path...)); got != tt.want {
			t.Errorf("%s: %v = %s, want %s", tt.what, tt.path, got, tt.want)
		}
	}
	schema := inJSON(pool["Schema"])
	for _, name := range []string{"stripe_customer_id", "tos_accepted_at", "tos_version", "cookie_consent_at"} {
		if !strings.Contains(schema, `"Name":"`+name+`"`) {
			t.Errorf("the pool lacks custom:%s", name)
		}
	}
}

// TestABrowserCannotForgeWhatTheServerKnows holds the client to the attributes
// that a person may change, and to the code grant.
func TestABrowserCannotForgeWhatTheServerKnows(t *testing.T) {
	client := one(t, templates(t)["AuthStack"], "AWS::Cognito::UserPoolClient")
	for _, tt := range []struct{ name, want string }{
		{"WriteAttributes", `["email","name"]`},
		{"ReadAttributes", `["email","email_verified","name"]`},
		{"AllowedOAuthFlows", `["code"]`},
		{"ExplicitAuthFlows", `["ALLOW_USER_PASSWORD_AUTH","ALLOW_USER_SRP_AUTH","ALLOW_REFRESH_TOKEN_AUTH"]`},
		{"PreventUserExistenceErrors", `"ENABLED"`},
		{"GenerateSecret", `false`},
		{"EnableTokenRevocation", `true`},
		{"AccessTokenValidity", `60`},
		{"IdTokenValidity", `60`},
		{"RefreshTokenValidity", `43200`},
	} {
		if got := inJSON(client[tt.name]); got != tt.want {
			t.Errorf("%s = %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, url := range words(client["CallbackURLs"]) {
		if !strings.HasPrefix(url, "https://callanalyst.app/") {
			t.Errorf("sign-in may return to %s", url)
		}
	}
}

func TestProvidersProveTheirAddressAndComeBeforeTheClient(t *testing.T) {
	auth := templates(t)["AuthStack"]
	providers := auth.of("AWS::Cognito::UserPoolIdentityProvider")
	if len(providers) != 2 {
		t.Fatalf("%d providers, want Google and Apple", len(providers))
	}
	for id, p := range providers {
		if at(p, "AttributeMapping", "email_verified") != "email_verified" {
			t.Errorf("%s does not map email_verified", id)
		}
		if details := inJSON(p["ProviderDetails"]); !strings.Contains(details, "{{resolve:secretsmanager:") {
			t.Errorf("%s does not take its secret from Secrets Manager: %s", id, details)
		}
	}
	for _, r := range auth.Resources {
		if r.Type != "AWS::Cognito::UserPoolClient" {
			continue
		}
		for id := range providers {
			if !slices.Contains(words(r.DependsOn), id) {
				t.Errorf("the client does not wait for %s", id)
			}
		}
	}
}

func TestCognitoMayUseTheKeyOfItsCodes(t *testing.T) {
	key := one(t, templates(t)["SesStack"], "AWS::KMS::Key")
	policy := inJSON(at(key, "KeyPolicy"))
	for _, want := range []string{"cognito-idp.amazonaws.com", "kms:CreateGrant", "aws:SourceAccount", ":userpool/*"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the key's policy lacks %s: %s", want, policy)
		}
	}
	if key["EnableKeyRotation"] != true {
		t.Error("the key does not rotate")
	}
}

func TestOnlyUnitedStatesMaySignUp(t *testing.T) {
	acl := one(t, templates(t)["AuthStack"], "AWS::WAFv2::WebACL")
	if at(acl, "DefaultAction", "Block") == nil {
		t.Errorf("the pool's default is %s, want to block", inJSON(acl["DefaultAction"]))
	}
	if rules := inJSON(acl["Rules"]); !strings.Contains(rules, `["US","PR","GU","VI","AS","MP","UM"]`) {
		t.Errorf("the pool lets in %s", rules)
	}
}
