package cloud_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNoStackIsACircle follows every reference. CDK only warns of a circle, and
// CloudFormation refuses it at deploy.
func TestNoStackIsACircle(t *testing.T) {
	for name, tpl := range templates(t) {
		edges := map[string][]string{}
		for id, r := range tpl.Resources {
			edges[id] = append(references(r.Properties), words(r.DependsOn)...)
		}
		if circle := circle(edges); len(circle) > 0 {
			t.Errorf("%s: %s", name, strings.Join(circle, " → "))
		}
	}
}

// TestStacksDependUpwardsAlone shows that a stack needs only those deployed
// before it.
func TestStacksDependUpwardsAlone(t *testing.T) {
	order := []string{"GlobalStack", "DataStack", "SesStack", "AuthStack", "ApiStack", "EdgeStack"}
	imports := regexp.MustCompile(`"Fn::ImportValue": "([A-Za-z]+):`)
	for name, tpl := range templates(t) {
		for _, m := range imports.FindAllStringSubmatch(tpl.text, -1) {
			if slices.Index(order, m[1]) >= slices.Index(order, name) {
				t.Errorf("%s needs %s, which is deployed after it", name, m[1])
			}
		}
	}
}

func TestCircleIsFound(t *testing.T) {
	t.Parallel()
	edges := map[string][]string{"pool": {"fn"}, "fn": {"policy", "role"}, "policy": {"pool"}, "role": nil}
	if got := circle(edges); len(got) != 4 {
		t.Errorf("circle(%v) = %q, want the way from pool to pool", edges, got)
	}
}

var substituted = regexp.MustCompile(`\$\{([A-Za-z0-9]+)`)

// references returns the ids that a template's value names.
func references(v any) []string {
	var out []string
	switch x := v.(type) {
	case []any:
		for _, item := range x {
			out = append(out, references(item)...)
		}
	case map[string]any:
		if ref, ok := x["Ref"].(string); ok {
			out = append(out, ref)
		}
		if got, ok := x["Fn::GetAtt"].([]any); ok {
			out = append(out, got[0].(string))
		}
		for _, m := range substituted.FindAllStringSubmatch(inJSON(x["Fn::Sub"]), -1) {
			out = append(out, m[1])
		}
		for _, item := range x {
			out = append(out, references(item)...)
		}
	}
	return out
}

// circle returns a way from a resource back to itself, or nothing.
func circle(edges map[string][]string) []string {
	done := map[string]bool{}
	var way []string
	var visit func(id string) []string
	visit = func(id string) []string {
		if i := slices.Index(way, id); i >= 0 {
			return append(slices.Clone(way[i:]), id)
		}
		if done[id] {
			return nil
		}
		way = append(way, id)
		for _, next := range edges[id] {
			if found := visit(next); found != nil {
				return found
			}
		}
		way = way[:len(way)-1]
		done[id] = true
		return nil
	}
	for id := range edges {
		if found := visit(id); found != nil {
			return found
		}
	}
	return nil
}
