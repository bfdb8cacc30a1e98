package stack

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"callanalyst/pkg/fleet"
)

// Plan says what to start. Root is required; everything else has a default.
type Plan struct {
	Root string // the repository
	Home string // where binaries and outputs.json go; Root/.local if empty
	Data string // a folder that keeps the state; "" keeps it in memory

	// Ports holds the TCP port of each row of Ports, by its name. A name that is
	// missing gets any free port.
	Ports map[string]int

	Java      bool   // run Amazon's DynamoDB Local instead of dynoxide
	Latency   string // stand-ins answer after p50 or p95; "" at once
	Watch     bool   // rebuild a function when its sources change
	Country   string // of visitors who name none; US if empty
	Functions []fleet.Function

	// Env is what .env holds: settings of the manifest, and fields of its secrets
	// as <SECRET>_<FIELD>. A secret found here replaces its stand-in.
	Env map[string]string

	Tell func(Step)   // hears of each step of the start and of each rebuild
	Log  *slog.Logger // hears of trouble while the fleet runs
}

// Step is one line of progress.
type Step struct {
	Name string
	Note string // what is worth knowing about it
	Took time.Duration
	Err  error
}

// Port is one address of the fleet.
type Port struct {
	Name    string // the flag's too
	Default int
	What    string
}

// The names of the ports that are always there.
const (
	edgePort  = "edge"
	awsPort   = "aws"
	inboxPort = "inbox"
)

// Ports lists every address that a fleet has, in the order that people read
// them. The slice is the caller's own.
func Ports() []Port {
	list := []Port{
		{edgePort, 8787, "the site, /api and /webhooks, behind the geofence; /_local shows the fleet"},
		{awsPort, 4566, "the AWS endpoint: Cognito, DynamoDB, KMS, SES, SNS, SQS, Secrets Manager, Lambda"},
		{inboxPort, 8025, "every mail the fleet sent"},
	}
	for _, s := range standins() {
		list = append(list, Port{s.name, s.port, s.what})
	}
	return list
}

func (p Plan) withDefaults() Plan {
	if p.Home == "" {
		p.Home = filepath.Join(p.Root, ".local")
	}
	if p.Country == "" {
		p.Country = "US"
	}
	if p.Functions == nil {
		p.Functions = fleet.Functions()
	}
	if p.Tell == nil {
		p.Tell = func(Step) {}
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	return p
}

// names lists the plan's functions.
func (p Plan) names() []string {
	out := make([]string, len(p.Functions))
	for i, f := range p.Functions {
		out[i] = f.Name
	}
	return out
}

// given reports whether .env holds any of the names.
func (p Plan) given(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.TrimSpace(p.Env[n]) != "" })
}

// unknown lists the names in .env that mean nothing to the fleet.
func (p Plan) unknown() []string {
	known := map[string]bool{}
	for _, s := range fleet.Settings() {
		known[s.Name] = true
	}
	for _, s := range fleet.Secrets() {
		for _, name := range secretEnv(s) {
			known[name] = true
		}
	}
	var out []string
	for name := range p.Env {
		if !known[name] {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// secretEnv lists the names under which .env may hold a secret's fields.
func secretEnv(s fleet.Secret) []string {
	out := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		out[i] = fieldEnv(s.Name, f)
	}
	return out
}

func fieldEnv(secret, field string) string {
	return strings.ToUpper(secret + "_" + strings.TrimSuffix(field, "[]"))
}
