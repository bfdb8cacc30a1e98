// Package stage reads the stages of cdk.json: what differs between dev, staging
// and prod. The CDK app and the operator's commands share it, and the commands
// need not load the CDK.
package stage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Stage is one copy of the fleet: what differs between dev, staging and prod. It
// is read from the context key "stages" in cdk.json.
type Stage struct {
	Name       string            `json:"-"`
	Account    string            `json:"account"`        // refuses any other account; "" takes the caller's
	Region     string            `json:"region"`         // us-east-2 unless said otherwise
	Domain     string            `json:"domain"`         // the site's; "" serves from CloudFront's own address
	SiteURL    string            `json:"site_url"`       // where links and redirects go
	MailDomain string            `json:"mail_domain"`    // the SES identity
	AuthPrefix string            `json:"auth_prefix"`    // of the pool's amazoncognito.com domain
	Callbacks  []string          `json:"callbacks"`      // more sites that sign-in may return to
	AlarmEmail string            `json:"alarm_email"`    // subscribed to the alarms
	Retain     bool              `json:"retain"`         // keep data when the stacks go
	Google     bool              `json:"google"`         // sign in with Google; its secret must be filled first
	Apple      *Apple            `json:"apple"`          // sign in with Apple
	Password   bool              `json:"password"`       // USER_PASSWORD_AUTH, while users migrate
	Rotation   bool              `json:"rotation"`       // rotate refresh tokens; excludes REFRESH_TOKEN_AUTH
	FenceAuth  bool              `json:"fence_auth"`     // a WAF country rule on the pool
	Firewall   bool              `json:"firewall"`       // WAF in front of CloudFront and the API
	FenceStore bool              `json:"fence_store"`    // the geofence reads its countries from a key-value store
	Origin     int               `json:"origin_version"` // one higher makes CloudFormation read the origin's secret anew
	Rate       float64           `json:"rate"`           // requests a second that the API accepts
	Settings   map[string]string `json:"settings"`       // environment values beyond their defaults
	Without    []string          `json:"without"`        // parts left out, for an emulator that lacks them
	JWKS       string            `json:"-"`              // the pool's key set, once it is known
	Site       string            `json:"-"`              // the folder of the built site; "" while it is not built
}

// Apple is what Sign in with Apple needs beside its private key, which is the
// secret callanalyst/apple.
type Apple struct {
	ClientID string `json:"client_id"`
	TeamID   string `json:"team_id"`
	KeyID    string `json:"key_id"`
}

// The parts that Stage.Without may name.
const (
	Providers = "providers" // Google and Apple
	Edge      = "edge"      // the whole EdgeStack
	Access    = "access"    // API Gateway's account role and access logs
	DKIM      = "dkim"      // the outputs with the DKIM records
	Files     = "files"     // the site's files in its bucket
)

// Stacks lists the five stacks in the order that they are deployed.
func Stacks() []string {
	return []string{"DataStack", "SesStack", "AuthStack", "ApiStack", "EdgeStack"}
}

var stageNames = regexp.MustCompile(`^[a-z][a-z0-9]{1,9}$`)

// Read reads the stage called name from the file at path, which is cdk.json.
func Read(path, name string) (Stage, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Stage{}, fmt.Errorf("stage: %w", err)
	}
	var file struct {
		Context struct {
			Stages any `json:"stages"`
		} `json:"context"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return Stage{}, fmt.Errorf("stage: read %s: %w", path, err)
	}
	return New(name, file.Context.Stages)
}

// New reads the stage called name from the context value of "stages".
func New(name string, stages any) (Stage, error) {
	text, err := json.Marshal(stages)
	if err != nil {
		return Stage{}, fmt.Errorf("stage: read the stages: %w", err)
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &all); err != nil {
		return Stage{}, fmt.Errorf("stage: read the stages: %w", err)
	}
	row, ok := all[name]
	if !ok {
		return Stage{}, fmt.Errorf("stage: cdk.json has no stage %q; choose one of its stages with -c stage=<name>", name)
	}
	s := Stage{Name: name, Region: "us-east-2", Rate: 100}
	decoder := json.NewDecoder(strings.NewReader(string(row)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return Stage{}, fmt.Errorf("stage: read %s: %w", name, err)
	}
	return s, s.check()
}

// check names everything that is wrong with the stage at once.
func (s Stage) check() error {
	var problems []error
	wrong := func(bad bool, text string) {
		if bad {
			problems = append(problems, fmt.Errorf("stage %s: %s", s.Name, text))
		}
	}
	wrong(!stageNames.MatchString(s.Name), "its name must be 2 to 10 lower-case letters and digits")
	wrong(!strings.HasPrefix(s.SiteURL, "https://"), "site_url must be an https address")
	wrong(strings.HasSuffix(s.SiteURL, "/"), "site_url must not end in a slash")
	wrong(s.Domain != "" && s.SiteURL != "https://"+s.Domain, "site_url must be https://"+s.Domain)
	wrong(s.MailDomain == "", "mail_domain is missing")
	wrong(s.AuthPrefix == "", "auth_prefix is missing")
	wrong(strings.Contains(s.AuthPrefix, "cognito"), "auth_prefix must not contain cognito: AWS reserves the word")
	wrong(s.Retain && !s.Firewall, "a stage that keeps its data needs firewall: without it API Gateway's own address is open")
	wrong(s.Rate <= 0, "rate must be above zero")
	return errors.Join(problems...)
}

// Physical returns a resource's physical name, unlike that of any other stage in the
// account.
func (s Stage) Physical(part string) string { return "callanalyst-" + s.Name + "-" + part }

// SecretName returns the name of the fleet's secret in this stage. Production's
// is the plain one.
func (s Stage) SecretName(secret string) string {
	if s.Name == "prod" {
		return "callanalyst/" + secret
	}
	return "callanalyst/" + s.Name + "/" + secret
}

// StackName returns the name of a stack in this stage: the bare one in
// production.
func (s Stage) StackName(id string) string {
	if s.Name == "prod" {
		return id
	}
	return id + "-" + s.Name
}

// Lacks reports whether the part is left out of the stage.
func (s Stage) Lacks(part string) bool { return slices.Contains(s.Without, part) }

// Global reports whether the stage needs anything in us-east-1.
func (s Stage) Global() bool { return (s.Domain != "" || s.Firewall) && !s.Lacks(Edge) }

// OutputsFile is where a deploy of the stage writes what it made.
func (s Stage) OutputsFile() string { return ".local/cdk-outputs." + s.Name + ".json" }
