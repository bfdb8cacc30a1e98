package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// facts are what the doctor compares, each in one line: "trigger PreSignUp" →
// "callanalyst-prod-pre-signup".
type facts map[string]string

// readTemplate reads what the stack says of the pool, from the synthesis in dir.
func readTemplate(dir string, s stage.Stage) (facts, error) {
	text, err := os.ReadFile(filepath.Join(dir, "AuthStack.template.json"))
	if err != nil {
		return nil, fmt.Errorf("read the template (go tool task synth writes it): %w", err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				UserPoolName                              string
				LambdaConfig                              map[string]any
				Schema                                    []struct{ Name string }
				WriteAttributes, ReadAttributes           []string
				AllowedOAuthFlows, ExplicitAuthFlows      []string
				CallbackURLs                              []string
				PreventUserExistenceErrors, UserPoolTier  string
				DeletionProtection, MfaConfiguration      string
				RefreshTokenValidity, AccessTokenValidity int
			}
		}
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	out := facts{}
	for _, r := range template.Resources {
		p := r.Properties
		switch r.Type {
		case "AWS::Cognito::UserPool":
			if p.UserPoolName != s.Physical("people") {
				return nil, fmt.Errorf("the templates are those of another stage (%s): STAGE=%s go tool task synth", p.UserPoolName, s.Name)
			}
			for _, f := range fleet.Functions() {
				if f.Trigger.Cognito != "" {
					out["trigger "+f.Trigger.Cognito] = s.Physical(f.Name)
				}
			}
			out["key of the codes"] = set(p.LambdaConfig["KMSKeyID"] != nil)
			for _, a := range p.Schema {
				if a.Name != "email" {
					out["attribute custom:"+a.Name] = "set"
				}
			}
			out["plan"], out["second factor"] = p.UserPoolTier, p.MfaConfiguration
			out["deletion protection"] = cmp.Or(p.DeletionProtection, "INACTIVE")
		case "AWS::Cognito::UserPoolClient":
			out["client may write"], out["client may read"] = list(p.WriteAttributes), list(p.ReadAttributes)
			out["client's grants"], out["client's sign-in"] = list(p.AllowedOAuthFlows), list(p.ExplicitAuthFlows)
			out["client returns to"] = list(p.CallbackURLs)
			out["client hides who exists"] = p.PreventUserExistenceErrors
		}
	}
	return out, nil
}

// cognito is what describe asks.
type cognito interface {
	DescribeUserPool(context.Context, *cognitoidentityprovider.DescribeUserPoolInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolOutput, error)
	DescribeUserPoolClient(context.Context, *cognitoidentityprovider.DescribeUserPoolClientInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolClientOutput, error)
}

// describe reads the same facts of the live pool.
func describe(ctx context.Context, c cognito, pool, client string) (facts, error) {
	p, err := c.DescribeUserPool(ctx, &cognitoidentityprovider.DescribeUserPoolInput{UserPoolId: &pool})
	if err != nil {
		return nil, fmt.Errorf("describe the pool %s: %w", pool, err)
	}
	w, err := c.DescribeUserPoolClient(ctx, &cognitoidentityprovider.DescribeUserPoolClientInput{UserPoolId: &pool, ClientId: &client})
	if err != nil {
		return nil, fmt.Errorf("describe the client %s: %w", client, err)
	}
	out := triggers(p.UserPool.LambdaConfig)
	for _, a := range p.UserPool.SchemaAttributes {
		if name := deref(a.Name); strings.HasPrefix(name, "custom:") {
			out["attribute "+name] = "set"
		}
	}
	out["plan"], out["second factor"] = string(p.UserPool.UserPoolTier), string(p.UserPool.MfaConfiguration)
	out["deletion protection"] = cmp.Or(string(p.UserPool.DeletionProtection), "INACTIVE")
	one := w.UserPoolClient
	out["client may write"], out["client may read"] = list(one.WriteAttributes), list(one.ReadAttributes)
	out["client's grants"], out["client's sign-in"] = list(one.AllowedOAuthFlows), list(one.ExplicitAuthFlows)
	out["client returns to"] = list(one.CallbackURLs)
	out["client hides who exists"] = string(one.PreventUserExistenceErrors)
	return out, nil
}

// triggers reads every trigger that Cognito may have, so that one which nobody
// put there shows too.
func triggers(c *types.LambdaConfigType) facts {
	out := facts{"key of the codes": set(false)}
	if c == nil {
		return out
	}
	arns := map[string]*string{
		"PreSignUp": c.PreSignUp, "PostConfirmation": c.PostConfirmation, "UserMigration": c.UserMigration,
		"PreAuthentication": c.PreAuthentication, "PostAuthentication": c.PostAuthentication, "CustomMessage": c.CustomMessage,
		"DefineAuthChallenge": c.DefineAuthChallenge, "CreateAuthChallenge": c.CreateAuthChallenge,
		"VerifyAuthChallengeResponse": c.VerifyAuthChallengeResponse, "PreTokenGeneration": c.PreTokenGeneration,
	}
	if c.CustomEmailSender != nil {
		arns["CustomEmailSender"] = c.CustomEmailSender.LambdaArn
	}
	for source, arn := range arns {
		if text := deref(arn); text != "" {
			out["trigger "+source] = text[strings.LastIndex(text, ":")+1:]
		}
	}
	out["key of the codes"] = set(deref(c.KMSKeyID) != "")
	return out
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func set(yes bool) string {
	if yes {
		return "set"
	}
	return "missing"
}

// list writes names in one order, so that only their content counts.
func list[T ~string](items []T) string {
	sorted := slices.Sorted(slices.Values(items))
	names := make([]string, len(sorted))
	for i, item := range sorted {
		names[i] = string(item)
	}
	return strings.Join(names, " ")
}

// difference is one fact that the stack and the live pool disagree on.
type difference struct{ what, stack, live string }

func compare(want, live facts) []difference {
	names := maps.Clone(want)
	maps.Copy(names, live)
	var out []difference
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if want[name] != live[name] {
			out = append(out, difference{name, cmp.Or(want[name], "nothing"), cmp.Or(live[name], "nothing")})
		}
	}
	return out
}

// errDiffers makes the command fail, so that a deploy that left the pool wrong
// stops there.
type errDiffers int

func (n errDiffers) Error() string {
	return fmt.Sprintf("the live pool differs from the stack in %d places. Deploy: CDK writes all of it again. Never use update-user-pool", int(n))
}

func report(w io.Writer, found []difference) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(w, "The live pool is what the stack says: triggers, key, attributes and client.")
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tthe stack\tthe live pool")
	for _, d := range found {
		fmt.Fprintf(t, "%s\t%s\t%s\n", d.what, d.stack, d.live)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return errDiffers(len(found))
}
