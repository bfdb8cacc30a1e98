package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"callanalyst/stacks/aws/stage"
)

// outputs are the stacks' outputs, by stack and name.
type outputs map[string]map[string]string

func readOutputs(root string, s stage.Stage) (outputs, error) {
	text, err := os.ReadFile(filepath.Join(root, s.OutputsFile()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("stage %s has not been deployed from this checkout: STAGE=%s go tool task deploy", s.Name, s.Name)
	}
	if err != nil {
		return nil, fmt.Errorf("read the outputs: %w", err)
	}
	var all outputs
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", s.OutputsFile(), err)
	}
	return all, nil
}

// app is what cdk-outputs.json carries: of the same shape as the local fleet's
// own .local/outputs.json, whatever the stage's stacks are called.
func app(s stage.Stage, made outputs) map[string]map[string]string {
	pick := func(stack string, names ...string) map[string]string {
		out := map[string]string{}
		for _, name := range names {
			out[name] = made[s.StackName(stack)][name]
		}
		return out
	}
	return map[string]map[string]string{
		"AuthStack": pick("AuthStack", "UserPoolId", "UserPoolClientId", "UserPoolDomain"),
		"ApiStack":  pick("ApiStack", "ApiUrl"),
		"EdgeStack": pick("EdgeStack", "SiteUrl"),
	}
}

// writeOutputs writes cdk-outputs.json, the app's env file and the pool's public
// keys, which Cognito's endpoint has, below root, and says what to do with them.
func writeOutputs(ctx context.Context, w io.Writer, root string, s stage.Stage, made outputs, endpoint string, client *http.Client) error {
	shape := app(s, made)
	text, err := json.MarshalIndent(shape, "", "  ")
	if err != nil {
		return fmt.Errorf("write the outputs: %w", err)
	}
	auth := shape["AuthStack"]
	env := fmt.Sprintf("VITE_REGION=%s\nVITE_USER_POOL_ID=%s\nVITE_USER_POOL_CLIENT_ID=%s\nVITE_USER_POOL_DOMAIN=%s\nVITE_SITE_URL=%s\n",
		s.Region, auth["UserPoolId"], auth["UserPoolClientId"], auth["UserPoolDomain"], shape["EdgeStack"]["SiteUrl"])
	envFile := filepath.Join(".local", "app."+s.Name+".env")
	if err := errors.Join(put(root, "cdk-outputs.json", append(text, '\n')), put(root, envFile, []byte(env))); err != nil {
		return err
	}
	keys, err := publicKeys(ctx, client, endpoint, auth["UserPoolId"])
	if err != nil {
		return err
	}
	keyFile := filepath.Join("stacks", "aws", "keys", s.Name+".json")
	if err := put(root, keyFile, keys); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "Wrote cdk-outputs.json, %s and %s.\nThe next deploy hands the keys to the functions: commit %s.\n", envFile, keyFile, keyFile)
	return err
}

func put(root, name string, text []byte) error {
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// publicKeys fetches the pool's key set. It must be one: an error page in the
// functions' environment would shut everybody out.
func publicKeys(ctx context.Context, client *http.Client, endpoint, pool string) ([]byte, error) {
	url := endpoint + "/" + pool + "/.well-known/jwks.json"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("fetch the pool's keys: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch the pool's keys: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 16<<10))
	if err != nil {
		return nil, fmt.Errorf("fetch the pool's keys: %w", err)
	}
	var set struct {
		Keys []struct{ Kid, Kty string }
	}
	if resp.StatusCode != http.StatusOK || json.Unmarshal(text, &set) != nil || len(set.Keys) == 0 || set.Keys[0].Kid == "" {
		return nil, fmt.Errorf("fetch the pool's keys: %s answered %s without a key set", url, resp.Status)
	}
	return text, nil
}
