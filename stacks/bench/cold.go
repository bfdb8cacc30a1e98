package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/solo"
)

// firstCPU is what the first event may cost once the process has started.
const firstCPU = 3 * time.Millisecond

// coldLimit is how long a function may take from its spawn to its first answer.
// What it must do there decides: checking a token and calling a service costs
// something, Stripe's and KMS's clients are dear to start.
func coldLimit(f fleet.Function) time.Duration {
	switch {
	case len(f.Secrets) > 0 && f.Trigger.Path == "", len(f.Calls) > 0 && f.Calls[0].Action == "kms:Decrypt":
		return 20 * time.Millisecond
	case f.Trigger.Path != "", len(f.Calls) > 0:
		return 10 * time.Millisecond
	}
	return 6 * time.Millisecond
}

// happy names the sample that shows a function's usual work: the one that is
// known as such, else the first of its folder.
func (b *bench) happy(function string) (string, error) {
	usual := map[string]string{
		"pre-signup": "sign-up", "custom-email-sender": "sign-up", "profile-get": "ok",
		"checkout": "pro", "checkout-status": "open", "billing-portal": "ok",
		"stripe-webhook": "subscription-created", "stripe-reconcile": "nightly", "entitlement": "pro",
		"recall-bot": "zoom", "recall-bots": "two", "recall-chunks": "first-page", "recall-leave": "scheduled", "recall-webhook": "utterance",
	}
	if name := usual[function]; name != "" {
		return name, nil
	}
	files, err := filepath.Glob(filepath.Join(b.root, "events", function, "*.json"))
	if err != nil {
		return "", fmt.Errorf("find the samples of %s: %w", function, err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".json"); !strings.Contains(name, ".") {
			return name, nil
		}
	}
	return "", fmt.Errorf("events/%s has no sample event to measure with", function)
}

// coldStarts measures each function from its spawn to its first answer.
func (b *bench) coldStarts(ctx context.Context, functions []fleet.Function) error {
	var rows []row
	for _, f := range functions {
		readings, err := b.readings(ctx, f, b.runs, 1)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		first := each(readings, func(r reading) time.Duration { return r.first })
		cold := each(readings, func(r reading) time.Duration { return r.cold })
		memory := each(readings, func(r reading) int64 { return r.memory })
		limit := coldLimit(f)
		rows = append(rows,
			row{f.Name, fmt.Sprintf("≤ %d ms", limit.Milliseconds()), ms(median(first)), atMost(median(first), limit), "spawn to first answer, median; least " + ms(quantile(first, 0))},
			row{"", "≤ 3 ms", ms(median(cold)), atMost(median(cold), firstCPU), "CPU of the first event; of the start " + ms(median(each(readings, func(r reading) time.Duration { return r.initial })))},
			row{"", "≤ 20 MB", mb(median(memory)), atMost(median(memory), 20<<20), "peak memory"},
		)
	}
	b.table.section(fmt.Sprintf("Cold starts, %d of each, stand-ins that answer at once", b.runs), rows)
	return nil
}

// readings measures runs processes of a function, each in a world of its own,
// with its usual sample handed over so many times.
func (b *bench) readings(ctx context.Context, f fleet.Function, runs, events int) ([]reading, error) {
	var out []reading
	for range runs {
		r, err := b.once(ctx, f, events, func(env []string) *exec.Cmd {
			cmd := exec.CommandContext(ctx, b.binaries[f.Name])
			cmd.Env = env
			return cmd
		})
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

// once measures one process, which command makes from its environment.
func (b *bench) once(ctx context.Context, f fleet.Function, events int, command func(env []string) *exec.Cmd) (reading, error) {
	name, err := b.happy(f.Name)
	if err != nil {
		return reading{}, err
	}
	event, before, err := solo.ReadSample(filepath.Join(b.root, "events", f.Name), name)
	if err != nil {
		return reading{}, err
	}
	w, err := solo.NewWorld(ctx, b.root, b.keys, before)
	if err != nil {
		return reading{}, err
	}
	defer w.Close()
	st, err := solo.Open(solo.Cast{Function: f, Binary: b.binaries[f.Name], Keys: b.keys})
	if err != nil {
		return reading{}, err
	}
	defer st.Close()
	st.Show(w)
	event, _, err = w.Fill(ctx, event)
	if err != nil {
		return reading{}, err
	}
	quick := newInstant(st.Env, w.AWS)
	defer quick.close()
	list := make([][]byte, events)
	for i := range list {
		list[i] = event
	}
	return measure(ctx, command(append(lambdaEnv(f), quick.env...)), list, good)
}

// good refuses an endpoint's answer that is not a success: to refuse is quick,
// and must not be measured by mistake.
func good(answer string) error {
	if strings.Contains(answer, `"statusCode":`) && !strings.Contains(answer, `"statusCode":2`) {
		return fmt.Errorf("the function answered %s", answer)
	}
	return nil
}

// lambdaEnv is what Lambda itself sets.
func lambdaEnv(f fleet.Function) []string {
	return []string{
		"AWS_REGION=us-east-2", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_SESSION_TOKEN=local",
		"AWS_LAMBDA_FUNCTION_NAME=" + f.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", f.MemoryMB), "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/tmp", "TZ=:UTC",
	}
}
