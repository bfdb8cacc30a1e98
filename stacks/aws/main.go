// Command aws is the CDK app: cdk.json runs it, and it writes the templates of
// one stage. Choose the stage with -c stage=<name>; the functions must have been
// built (`go tool task build`).
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/cloud"
	"callanalyst/stacks/aws/stage"
)

func main() {
	defer jsii.Close()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "aws:", err)
		jsii.Close()
		os.Exit(1)
	}
}

func run() error {
	app := cdk.NewApp(nil)
	name, _ := app.Node().TryGetContext(jsii.String("stage")).(string)
	chosen, err := stage.New(name, app.Node().TryGetContext(jsii.String("stages")))
	if err != nil {
		return err
	}
	if chosen.JWKS, err = keys(app, chosen.Name); err != nil {
		return err
	}
	dist, _ := app.Node().TryGetContext(jsii.String("dist")).(string)
	code := folder(dist)
	if err := built(fleet.Functions(), code); err != nil {
		return err
	}
	if err := cloud.Build(app, chosen, fleet.Functions(), code); err != nil {
		return err
	}
	if app.Node().TryGetContext(jsii.String("nag")) == "true" {
		cloud.Nag(app)
	}
	app.Synth(nil)
	return nil
}

// folder returns where a function's bootstrap is: below dist, or wherever the
// context key of that name says.
func folder(dist string) func(string) string {
	if dist == "" {
		dist = "dist"
	}
	return func(function string) string { return filepath.Join(dist, function) }
}

// built names every function without a binary at once.
func built(rows []fleet.Function, folder func(string) string) error {
	var missing []string
	for _, f := range rows {
		if _, err := os.Stat(filepath.Join(folder(f.Name), "bootstrap")); err != nil {
			missing = append(missing, f.Name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("not built: %q: run go tool task build", missing)
	}
	return nil
}

// keys reads the pool's public keys, which `task outputs` keeps after the first
// deploy in stacks/aws/keys, or wherever the context key "keys" says. With them a
// cold start fetches nothing.
func keys(app cdk.App, stage string) (string, error) {
	dir, _ := app.Node().TryGetContext(jsii.String("keys")).(string)
	if dir == "" {
		dir = filepath.Join("stacks", "aws", "keys")
	}
	text, err := os.ReadFile(filepath.Join(dir, stage+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}
