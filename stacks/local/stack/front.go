package stack

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/consent"
	viewer "callanalyst/stacks/aws/edge"
	"callanalyst/stacks/local/console"
	"callanalyst/stacks/local/edge"
	"callanalyst/stacks/local/inbox"
	"callanalyst/stacks/local/runtimeapi"
)

// openFront serves what people see: the edge with the console, and the inbox.
func (s *Stack) openFront() error {
	fence, err := edge.LoadGeofence(filepath.Join(s.plan.Root, "stacks", "aws", "edge", "geofence.js"))
	if err != nil {
		return trouble("Correct stacks/aws/edge/geofence.js; CloudFront would refuse it too.", "%w", err)
	}
	api, err := s.gateway()
	if err != nil {
		return err
	}
	page := s.console()
	s.serve(edgePort, edge.New(edge.Options{
		Geofence: fence, API: api, Console: page, Country: s.plan.Country, ID: newID, Health: s.health,
		Site: edge.Site(filepath.Join(s.plan.Root, "web", "dist"), s.siteConfig(), page), Verify: s.field("origin", "verify"),
		Headers: viewer.Headers(viewer.Origins{Pool: s.URL(awsPort), Domain: s.URL(awsPort)}),
	}))
	s.serve(inboxPort, inbox.New(inbox.Options{
		Messages: s.AWS.SES.Messages, Clear: s.AWS.SES.DeleteMessages, Changed: s.mails.wait, Console: s.URL(edgePort) + "/_local",
	}))
	return nil
}

// siteConfig tells the site of this fleet's pool, whose API and hosted pages are
// at one address.
func (s *Stack) siteConfig() viewer.Config {
	terms := s.plan.Env["TOS_VERSION"]
	if terms == "" {
		terms = consent.Current
	}
	return viewer.Config{
		Region: runtimeapi.Region, PoolID: PoolID, ClientID: ClientID, Domain: s.URL(awsPort), Endpoint: s.URL(awsPort),
		Providers: []string{cognitotest.ProviderGoogle, cognitotest.ProviderApple}, TOS: terms,
	}
}

func (s *Stack) console() *console.Console {
	var rows []console.Function
	for _, f := range s.plan.Functions {
		rows = append(rows, console.Function{Name: f.Name, Does: f.Does, Trigger: f.Trigger.String()})
	}
	return console.New(console.Options{
		Functions: rows, Addresses: s.Addresses(), ClientID: ClientID, Recorder: s.recorder, Now: now, Pools: s.Host.Pools,
		Schedules: s.schedules, Queues: queues{s}, Async: s.async,
	})
}

// Addresses lists where the fleet can be reached.
func (s *Stack) Addresses() []console.Address {
	var out []console.Address
	for _, p := range Ports() {
		if url := s.URL(p.Name); url != "" {
			out = append(out, console.Address{Name: p.Name, URL: url, What: p.What})
		}
	}
	return out
}

// Outputs is what cdk-outputs.json holds after a deployment, for clients that
// are configured by it.
type Outputs struct {
	AuthStack struct {
		UserPoolID       string `json:"UserPoolId"`
		UserPoolClientID string `json:"UserPoolClientId"`
		UserPoolDomain   string
	}
	APIStack struct {
		APIURL string `json:"ApiUrl"`
	} `json:"ApiStack"`
	EdgeStack struct {
		SiteURL string `json:"SiteUrl"`
	}
}

// Outputs returns the fleet's own.
func (s *Stack) Outputs() Outputs {
	var o Outputs
	o.AuthStack.UserPoolID, o.AuthStack.UserPoolClientID, o.AuthStack.UserPoolDomain = PoolID, ClientID, s.URL(awsPort)
	o.APIStack.APIURL, o.EdgeStack.SiteURL = s.URL(edgePort), s.URL(edgePort)
	return o
}

func (s *Stack) writeOutputs() error {
	text, err := json.MarshalIndent(s.Outputs(), "", "  ")
	if err != nil {
		return fmt.Errorf("stack: encode the outputs: %w", err)
	}
	file := filepath.Join(s.plan.Home, "outputs.json")
	if err := os.MkdirAll(s.plan.Home, 0o750); err != nil {
		return fmt.Errorf("stack: make the folder of the outputs: %w", err)
	}
	if err := os.WriteFile(file+".next", append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("stack: write the outputs: %w", err)
	}
	return os.Rename(file+".next", file)
}
