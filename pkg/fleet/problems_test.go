package fleet_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"callanalyst/pkg/fleet"
)

// cognitoLimit and gatewayLimit are how long the two wait for a function. The
// custom e-mail sender is the one trigger that Cognito does not wait for.
const (
	cognitoLimit = 5 * time.Second
	gatewayLimit = 29 * time.Second
	lambdaLimit  = 15 * time.Minute
)

// problems says everything that is wrong with the manifest, one line each.
func (m manifest) problems() []string {
	var out []string
	for _, f := range m.functions {
		for _, p := range slices.Concat(shape(f), triggerShape(f), limits(f), grants(f)) {
			out = append(out, fmt.Sprintf("%s: %s", f.Name, p))
		}
	}
	return slices.Concat(out, m.twice(), m.unknown(), m.idle(), m.queueProblems(), m.settingProblems())
}

func shape(f fleet.Function) (out []string) {
	if !regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`).MatchString(f.Name) {
		out = append(out, "the name must be lower case words joined by dashes")
	}
	if f.Does == "" {
		out = append(out, "says nothing of what it does")
	}
	return out
}

func triggerShape(f fleet.Function) (out []string) {
	t := f.Trigger
	set := 0
	for _, is := range []bool{t.Cognito != "", t.Method != "" || t.Path != "", t.Every != 0, t.Cron != "", t.Queue != "", t.Topic != "", t.Operator} {
		if is {
			set++
		}
	}
	if set != 1 {
		out = append(out, fmt.Sprintf("has %d triggers, want one", set))
	}
	known := []string{"PreSignUp", "PostConfirmation", "CustomEmailSender", "UserMigration"}
	if t.Cognito != "" && !slices.Contains(known, t.Cognito) {
		out = append(out, fmt.Sprintf("Cognito trigger %s is none of %s", t.Cognito, known))
	}
	return append(out, routeShape(t)...)
}

func routeShape(t fleet.Trigger) (out []string) {
	if t.Method == "" && t.Path == "" {
		return nil
	}
	if !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, t.Method) {
		out = append(out, fmt.Sprintf("method %q of %s is none of a route", t.Method, t.Path))
	}
	if !strings.HasPrefix(t.Path, "/api/") && !strings.HasPrefix(t.Path, "/webhooks/") {
		out = append(out, fmt.Sprintf("path %q must begin with /api/ or /webhooks/", t.Path))
	}
	return out
}

func limits(f fleet.Function) (out []string) {
	limit := lambdaLimit
	switch t := f.Trigger; {
	case t.Cognito != "" && t.Cognito != "CustomEmailSender":
		limit = cognitoLimit
	case t.Path != "" && !t.Stream:
		limit = gatewayLimit
	}
	if f.Timeout <= 0 || f.Timeout > limit {
		out = append(out, fmt.Sprintf("timeout is %s, want more than nothing and at most %s", f.Timeout, limit))
	}
	if f.MemoryMB < 128 || f.MemoryMB > 10240 {
		out = append(out, fmt.Sprintf("memory is %d MB, want 128 to 10240", f.MemoryMB))
	}
	return out
}

func grants(f fleet.Function) (out []string) {
	actions := []string{"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem", "Scan"}
	seen := map[string]bool{}
	for _, g := range f.Tables {
		if seen[g.Table] {
			out = append(out, "table "+g.Table+" is granted twice")
		}
		seen[g.Table] = true
		if len(g.Actions) == 0 {
			out = append(out, "table "+g.Table+" is granted no action")
		}
		for _, a := range g.Actions {
			if !slices.Contains(actions, a) {
				out = append(out, fmt.Sprintf("action %s on %s is none of %s", a, g.Table, actions))
			}
		}
	}
	for _, c := range f.Calls {
		if !regexp.MustCompile(`^[a-z0-9-]+:[A-Z][A-Za-z]+$`).MatchString(c.Action) || c.Resource == "" {
			out = append(out, fmt.Sprintf("call %q on %q must be service:Action on a resource", c.Action, c.Resource))
		}
	}
	return out
}

// twice finds names and triggers that two functions claim.
func (m manifest) twice() (out []string) {
	names, triggers := map[string]bool{}, map[string]bool{}
	for _, f := range m.functions {
		if names[f.Name] {
			out = append(out, f.Name+": is there twice")
		}
		names[f.Name] = true
		claim := f.Trigger.String()
		if f.Trigger.Cognito+f.Trigger.Path+f.Trigger.Queue == "" {
			continue // schedules, topics and operators may share
		}
		if triggers[claim] {
			out = append(out, fmt.Sprintf("%s: %s is another function's too", f.Name, claim))
		}
		triggers[claim] = true
	}
	return out
}

// uses lists all that a function names, as "table profiles" and the like.
func uses(f fleet.Function) (out []string) {
	for _, g := range f.Tables {
		out = append(out, "table "+g.Table)
	}
	if f.Trigger.Queue != "" {
		out = append(out, "queue "+f.Trigger.Queue)
	}
	if f.Trigger.Topic != "" {
		out = append(out, "topic "+f.Trigger.Topic)
	}
	for kind, names := range map[string][]string{"queue": f.Sends, "secret": f.Secrets, "setting": f.Settings} {
		for _, n := range names {
			out = append(out, kind+" "+n)
		}
	}
	return out
}

// there lists all that the manifest has to be named.
func (m manifest) there() (out []string) {
	for _, x := range m.tables {
		out = append(out, "table "+x.Name)
	}
	for _, x := range m.queues {
		out = append(out, "queue "+x.Name)
	}
	for _, x := range m.topics {
		out = append(out, "topic "+x)
	}
	for _, x := range m.secrets {
		out = append(out, "secret "+x.Name)
	}
	for _, x := range m.settings {
		out = append(out, "setting "+x.Name)
	}
	return out
}

// unknown finds names that functions use and the manifest lacks.
func (m manifest) unknown() (out []string) {
	there := m.there()
	for _, f := range m.functions {
		for _, u := range uses(f) {
			if !slices.Contains(there, u) {
				out = append(out, fmt.Sprintf("%s: %s is not in the manifest", f.Name, u))
			}
		}
	}
	return out
}

// idle finds what no function uses, and what waits for one although it has it.
func (m manifest) idle() (out []string) {
	used := map[string]bool{}
	for _, f := range m.functions {
		for _, u := range uses(f) {
			used[u] = true
		}
	}
	there := m.there()
	for _, x := range there {
		if !used[x] && !slices.Contains(waiting, x) {
			out = append(out, x+" is not used by any function")
		}
	}
	for _, x := range waiting {
		if used[x] || !slices.Contains(there, x) {
			out = append(out, x+" is used, or gone from the manifest: strike it from the waiting list")
		}
	}
	return out
}

// queueProblems holds each queue against the function that it feeds: AWS wants
// six times the function's timeout before a message shows again.
func (m manifest) queueProblems() (out []string) {
	for _, q := range m.queues {
		if q.Receives < 1 {
			out = append(out, fmt.Sprintf("queue %s: receives is %d, want one at least", q.Name, q.Receives))
		}
		for _, f := range m.functions {
			if f.Trigger.Queue == q.Name && q.Visibility < 6*f.Timeout {
				out = append(out, fmt.Sprintf("queue %s: visibility is %s, want six times the %s of %s", q.Name, q.Visibility, f.Timeout, f.Name))
			}
		}
	}
	return out
}

func (m manifest) settingProblems() (out []string) {
	for _, s := range m.settings {
		if s.Must && s.Default != "" {
			out = append(out, fmt.Sprintf("setting %s must be set and has a default", s.Name))
		}
		if s.Means == "" {
			out = append(out, fmt.Sprintf("setting %s says nothing of what it means", s.Name))
		}
	}
	return out
}
