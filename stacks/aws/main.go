// Command aws is the CDK app: cdk.json runs it, and it writes the templates of
// one stage. Choose the stage with -c stage=<name>; the functions must have been
// built (`go tool task build`).
package main

import (
	"cmp"
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
	chosen, err := stage.New(word(app, "stage"), app.Node().TryGetContext(jsii.String("stages")))
	if err != nil {
		return err
	}
	if chosen.JWKS, err = keys(app, chosen.Name); err != nil {
		return err
	}
	chosen.Site = site(app)
	code, err := folder(app)
	if err != nil {
		return err
	}
	if err := built(fleet.Functions(), code); err != nil {
		return err
	}
	if err := cloud.Build(app, chosen, fleet.Functions(), code); err != nil {
		return err
	}
	if word(app, "nag") == "true" {
		cloud.Nag(app)
	}
	app.Synth(nil)
	return nil
}

// word returns a value of the context, which -c sets.
func word(app cdk.App, key string) string {
	v, _ := app.Node().TryGetContext(jsii.String(key)).(string)
	return v
}

// folder returns where a function's bootstrap is: below dist, or wherever the
// context key of that name says. "placeholder" stands in for every binary: the
// templates can be judged without building anything.
func folder(app cdk.App) (func(function string) string, error) {
	dist := cmp.Or(word(app, "dist"), "dist")
	if dist != "placeholder" {
		return func(function string) string { return filepath.Join(dist, function) }, nil
	}
	dir := filepath.Join(".local", "placeholder")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	return func(string) string { return dir }, os.WriteFile(filepath.Join(dir, "bootstrap"), []byte("placeholder"), 0o600)
}

// site returns the folder of the built site, or nothing while there is none.
func site(app cdk.App) string {
	dir := cmp.Or(word(app, "site"), filepath.Join("web", "dist"))
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err != nil {
		return ""
	}
	return dir
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
	dir := cmp.Or(word(app, "keys"), filepath.Join("stacks", "aws", "keys"))
	text, err := os.ReadFile(filepath.Join(dir, stage+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}
