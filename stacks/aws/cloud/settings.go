package cloud

import (
	"slices"

	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/fleet"
)

// environment is what a function is told, and nothing else: the names follow
// from its row, and no value is secret.
func (b *builder) environment(f fleet.Function) *map[string]*string {
	env := map[string]*string{}
	for _, g := range f.Tables {
		if t, ok := b.tables[g.Table]; ok {
			env["TABLE_"+boot.Upper(g.Table)] = t.TableName()
		}
	}
	for _, name := range f.Sends {
		if q, ok := b.queues[name]; ok {
			env["QUEUE_"+boot.Upper(name)] = q.QueueUrl()
		}
	}
	for _, name := range f.Secrets {
		if s, ok := b.secrets[name]; ok {
			env["SECRET_"+boot.Upper(name)] = s.SecretArn()
		}
	}
	for _, row := range fleet.Settings() {
		if !slices.Contains(f.Settings, row.Name) {
			continue
		}
		if v := b.setting(f, row); v != nil {
			env[row.Name] = v
		}
	}
	return &env
}

// setting returns the value of a setting: the stage's own word first, then what
// the stacks know. A setting with a default needs no value.
func (b *builder) setting(f fleet.Function, row fleet.Setting) *string {
	if v, ok := b.stage.Settings[row.Name]; ok {
		return jsii.String(v)
	}
	if v := b.known(f, row.Name); v != nil {
		return v
	}
	if row.Must {
		b.problem("%s must be told %s (%s): give it a value under stages.%s.settings in cdk.json, or in stacks/aws/cloud/settings.go",
			f.Name, row.Name, row.Means, b.stage.Name)
	}
	return nil
}

// known returns what the stacks themselves know. The pool's names reach only the
// functions below it: a trigger takes them from its event.
func (b *builder) known(f fleet.Function, name string) *string {
	switch name {
	case "USER_POOL_ID", "USER_POOL_CLIENT_ID":
		return b.poolSetting(f, name)
	case "JWKS":
		return given(b.stage.JWKS)
	case "CODE_KEY_ARN":
		return b.codeKey.KeyArn()
	case "CALENDAR_KEY_ARN", "CALENDAR_KEY_ID":
		if b.calendarKey != nil {
			return b.calendarKey.KeyArn()
		}
	case "MAIL_FROM":
		return jsii.String("Call Analyst <hello@" + b.stage.MailDomain + ">")
	case "MAIL_REPLY_TO":
		return jsii.String("support@" + b.stage.MailDomain)
	case "MAIL_SET_AUTH":
		return jsii.String(b.sets["auth"])
	case "MAIL_SET_PRODUCT":
		return jsii.String(b.sets["product"])
	case "SITE_URL":
		return jsii.String(b.stage.SiteURL)
	}
	return nil
}

func (b *builder) poolSetting(f fleet.Function, name string) *string {
	if home(f) != "ApiStack" {
		b.problem("%s is asked for %s, but the pool is built from it: take the pool and the client from the event", f.Name, name)
		return jsii.String("circle")
	}
	if name == "USER_POOL_ID" {
		return b.pool.UserPoolId()
	}
	return b.client.UserPoolClientId()
}

func given(v string) *string {
	if v == "" {
		return nil
	}
	return jsii.String(v)
}
