package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/stage"
)

// filler puts values into a stage's secrets. What a secret holds already stays,
// unless it is answered anew.
type filler struct {
	store interface {
		GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
		PutSecretValue(context.Context, *secretsmanager.PutSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error)
	}
	stage stage.Stage
	out   io.Writer
}

// fromPrompt asks for every field. An empty answer keeps what is there.
func (f filler) fromPrompt(ctx context.Context, ask func(string) (string, error), rows []fleet.Secret) error {
	for _, row := range rows {
		held, err := f.read(ctx, row)
		if err != nil {
			return err
		}
		changed := false
		for _, field := range row.Fields {
			name, list := strings.CutSuffix(field, "[]")
			answer, err := ask(question(row, name, list, held))
			if err != nil {
				return err
			}
			if answer == "" {
				continue
			}
			changed = true
			held[name] = value(answer, list)
		}
		if err := f.write(ctx, row, held, changed); err != nil {
			return err
		}
	}
	return nil
}

func question(row fleet.Secret, name string, list bool, held map[string]any) string {
	hint := "empty"
	if v, ok := held[name]; ok && v != "" {
		hint = "set; Enter keeps it"
	}
	if list {
		hint += "; several with commas, the newest first"
	}
	return fmt.Sprintf("%s %s (%s): ", row.Name, name, hint)
}

// value is one answer as the field holds it.
func value(answer string, list bool) any {
	if !list {
		return answer
	}
	items := []string{}
	for item := range strings.SplitSeq(answer, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// fromFile takes the values from a JSON file that only its owner may read.
func (f filler) fromFile(ctx context.Context, path string, rows []fleet.Secret) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be read by others: chmod 600 it first", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var given map[string]map[string]any
	if err := json.Unmarshal(text, &given); err != nil {
		// The decoder's own error could quote a value.
		return fmt.Errorf("%s is not a JSON object of objects", path)
	}
	if err := known(given, rows); err != nil {
		return err
	}
	for _, row := range rows {
		held, err := f.read(ctx, row)
		if err != nil {
			return err
		}
		for name, v := range given[row.Name] {
			held[name] = v
		}
		if err := f.write(ctx, row, held, len(given[row.Name]) > 0); err != nil {
			return err
		}
	}
	return nil
}

// known refuses what no secret has: a misspelt field would be stored and never
// read.
func known(given map[string]map[string]any, rows []fleet.Secret) error {
	fields := map[string]map[string]bool{}
	for _, row := range rows {
		fields[row.Name] = map[string]bool{}
		for _, field := range row.Fields {
			name, list := strings.CutSuffix(field, "[]")
			fields[row.Name][name] = true
			if v, ok := given[row.Name][name]; ok {
				if _, isList := v.([]any); isList != list {
					return fmt.Errorf("%s %s: want a list: %t", row.Name, name, list)
				}
			}
		}
	}
	for secret, values := range given {
		for name := range values {
			if !fields[secret][name] {
				return fmt.Errorf("no secret %s has a field %s", secret, name)
			}
		}
	}
	return nil
}

// read returns what the secret holds. The deploy's placeholder is nothing.
func (f filler) read(ctx context.Context, row fleet.Secret) (map[string]any, error) {
	id := f.stage.SecretName(row.Name)
	got, err := f.store.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &id})
	if err != nil {
		return nil, fmt.Errorf("read %s (has DataStack been deployed?): %w", id, err)
	}
	held := map[string]any{}
	if got.SecretString == nil || json.Unmarshal([]byte(*got.SecretString), &held) != nil {
		return nil, fmt.Errorf("%s holds no JSON object", id)
	}
	delete(held, "placeholder")
	return held, nil
}

// write stores the secret and says so, without its value.
func (f filler) write(ctx context.Context, row fleet.Secret, held map[string]any, changed bool) error {
	id := f.stage.SecretName(row.Name)
	if !changed {
		_, err := fmt.Fprintf(f.out, "%s: kept\n", id)
		return err
	}
	text, err := json.Marshal(held)
	if err != nil {
		return fmt.Errorf("write %s: %w", id, err)
	}
	whole := string(text)
	if _, err := f.store.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &id, SecretString: &whole}); err != nil {
		return fmt.Errorf("write %s: %w", id, err)
	}
	_, err = fmt.Fprintf(f.out, "%s: stored; functions read it within five minutes\n", id)
	return err
}
