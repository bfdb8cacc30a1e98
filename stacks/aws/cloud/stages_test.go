package cloud_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/stacks/aws/edge"
)

// staged returns the stacks of staging.
func staged(t *testing.T) map[string]template {
	t.Helper()
	all, err := rehearsed()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTwoStagesShareNoName shows that staging and production can be in one
// account: whatever has a name of its own has another one in each.
func TestTwoStagesShareNoName(t *testing.T) {
	if diff := cmp.Diff(slices.Sorted(maps.Keys(templates(t))), slices.Sorted(maps.Keys(staged(t)))); diff != "" {
		t.Errorf("stacks (-prod +staging):\n%s", diff)
	}
	names := func(all map[string]template) map[string]bool {
		out := map[string]bool{}
		for _, tpl := range all {
			for _, r := range tpl.Resources {
				for _, property := range []string{"FunctionName", "LogGroupName", "Name", "UserPoolName", "AlarmName", "DashboardName", "AliasName", "KeyValueStoreName", "Domain"} {
					// The client is named within its pool, and permissions and outputs within the stack.
					if name, ok := r.Properties[property].(string); ok && r.Type != "AWS::Cognito::UserPoolClient" {
						out[r.Type+" "+name] = true
					}
				}
			}
		}
		return out
	}
	prod := names(templates(t))
	if len(prod) < 3*len(rows()) {
		t.Fatalf("%d names in production, want those of %d functions and more", len(prod), len(rows()))
	}
	for name := range names(staged(t)) {
		if prod[name] {
			t.Errorf("staging and production both have %s", name)
		}
	}
}

// TestStagingKeepsNothingOfItsOwn shows that it can be deleted, which production
// refuses.
func TestStagingKeepsNothingOfItsOwn(t *testing.T) {
	for name, tpl := range staged(t) {
		for id, r := range tpl.Resources {
			// CDK keeps API Gateway's role, which is the whole region's.
			if r.DeletionPolicy == "Retain" && !strings.HasPrefix(id, "ApiCloudWatchRole") && !strings.HasPrefix(id, "ApiAccount") {
				t.Errorf("%s keeps %s", name, id)
			}
		}
	}
	kept := map[string]bool{}
	for _, tpl := range templates(t) {
		for _, r := range tpl.Resources {
			if r.DeletionPolicy == "Retain" {
				kept[r.Type] = true
			}
		}
	}
	for _, kind := range []string{"AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::KMS::Key", "AWS::SecretsManager::Secret", "AWS::S3::Bucket"} {
		if !kept[kind] {
			t.Errorf("production does not keep %s", kind)
		}
	}
}

// TestTheGeofencesListCanBeStored holds the option to the function that reads
// the store, and to the list that it starts with.
func TestTheGeofencesListCanBeStored(t *testing.T) {
	stack := staged(t)["EdgeStack"]
	function := one(t, stack, "AWS::CloudFront::Function")
	if function["FunctionCode"] != edge.StoredViewerRequest() {
		t.Errorf("the function does not read the store: %v", function["FunctionCode"])
	}
	if at(function, "FunctionConfig", "KeyValueStoreAssociations", 0, "KeyValueStoreARN") == nil {
		t.Errorf("the function has no store: %s", inJSON(function["FunctionConfig"]))
	}
	store := one(t, stack, "AWS::CloudFront::KeyValueStore")
	if at(store, "ImportSource", "SourceType") != "S3" {
		t.Errorf("the store starts empty: %s", inJSON(store))
	}
	plain := one(t, templates(t)["EdgeStack"], "AWS::CloudFront::Function")
	if plain["FunctionCode"] != edge.ViewerRequest() || len(templates(t)["EdgeStack"].of("AWS::CloudFront::KeyValueStore")) != 0 {
		t.Error("without the option there is a store")
	}
}

// TestRotationAndTheOldWayToRefreshExcludeEachOther also shows the client after
// the migration: no password reaches the server.
func TestRotationAndTheOldWayToRefreshExcludeEachOther(t *testing.T) {
	client := one(t, staged(t)["AuthStack"], "AWS::Cognito::UserPoolClient")
	if got := inJSON(client["ExplicitAuthFlows"]); got != `["ALLOW_USER_SRP_AUTH"]` {
		t.Errorf("with rotation and without migration the flows are %s", got)
	}
	if at(client, "RefreshTokenRotation", "Feature") != "ENABLED" || at(client, "RefreshTokenRotation", "RetryGracePeriodSeconds") != float64(30) {
		t.Errorf("rotation is %s", inJSON(client["RefreshTokenRotation"]))
	}
}
