package cloud_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"callanalyst/pkg/fleet"
	"callanalyst/stacks/aws/cloud"
)

func distribution(t *testing.T) map[string]any {
	t.Helper()
	d, _ := one(t, templates(t)["EdgeStack"], "AWS::CloudFront::Distribution")["DistributionConfig"].(map[string]any)
	return d
}

// TestTheGeofenceSeesTheCountry guards against the mistake that blocks everyone.
func TestTheGeofenceSeesTheCountry(t *testing.T) {
	edge := templates(t)["EdgeStack"]
	site := at(distribution(t), "DefaultCacheBehavior")
	ref, _ := at(site, "OriginRequestPolicyId", "Ref").(string)
	headers := inJSON(at(edge.Resources[ref].Properties, "OriginRequestPolicyConfig", "HeadersConfig"))
	if !strings.Contains(headers, cloud.Country) {
		t.Errorf("the site's origin request policy passes %s, want %s", headers, cloud.Country)
	}
	if at(site, "FunctionAssociations", 0, "EventType") != "viewer-request" {
		t.Errorf("the site has no geofence: %s", inJSON(site))
	}
	if id := at(site, "CachePolicyId"); id != "658327ea-f89d-4fab-a63d-7e88639e58f6" {
		t.Errorf("the site's cache policy is %v: a country in it would split the cache", id)
	}
}

func TestTheAPIIsNeitherFencedNorCachedNorRewritten(t *testing.T) {
	d := distribution(t)
	behaviors, _ := d["CacheBehaviors"].([]any)
	paths := map[string]bool{}
	for _, b := range behaviors {
		paths[at(b, "PathPattern").(string)] = true
		if at(b, "FunctionAssociations") != nil {
			t.Errorf("%v is fenced", at(b, "PathPattern"))
		}
		if at(b, "CachePolicyId") != "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" || at(b, "Compress") != false {
			t.Errorf("%v is cached or compressed: %s", at(b, "PathPattern"), inJSON(b))
		}
		if at(b, "OriginRequestPolicyId") != "b689b0a8-53d0-40ab-baf2-68738e2966ac" {
			t.Errorf("%v does not pass everything but the host on", at(b, "PathPattern"))
		}
	}
	if !paths["/api/*"] || !paths["/webhooks/*"] || len(paths) != 2 {
		t.Errorf("behaviours = %v, want /api/* and /webhooks/*", paths)
	}
	if d["CustomErrorResponses"] != nil {
		t.Error("an error page of the distribution would replace the API's own 403 and 404")
	}
}

func TestTheOriginsAreClosed(t *testing.T) {
	edge := templates(t)["EdgeStack"]
	bucket := one(t, edge, "AWS::S3::Bucket")
	if inJSON(bucket["PublicAccessBlockConfiguration"]) != `{"BlockPublicAcls":true,"BlockPublicPolicy":true,"IgnorePublicAcls":true,"RestrictPublicBuckets":true}` {
		t.Errorf("the bucket is open: %s", inJSON(bucket["PublicAccessBlockConfiguration"]))
	}
	origins := inJSON(distribution(t)["Origins"])
	if !strings.Contains(origins, `"HeaderName":"x-origin-verify","HeaderValue":"{{resolve:secretsmanager:callanalyst/origin:SecretString:verify`) {
		t.Errorf("the API cannot tell who calls: %s", origins)
	}
	api := one(t, templates(t)["ApiStack"], "AWS::WAFv2::WebACL")
	if at(api, "DefaultAction", "Block") == nil || !strings.Contains(inJSON(api["Rules"]), "x-origin-verify") {
		t.Errorf("API Gateway's own address is open: %s", inJSON(api))
	}
}

func TestTheAPIStreamsSoItIsRegional(t *testing.T) {
	api := one(t, templates(t)["ApiStack"], "AWS::ApiGateway::RestApi")
	if got := inJSON(at(api, "EndpointConfiguration", "Types")); got != `["REGIONAL"]` {
		t.Errorf("the API is %s: an edge-optimised one cuts a stream after 30 s", got)
	}
	stage := one(t, templates(t)["ApiStack"], "AWS::ApiGateway::Stage")
	format, _ := at(stage, "AccessLogSetting", "Format").(string)
	for _, word := range []string{"authorizer", "sourceIp", "identity", "querystring", "Authorization"} {
		if strings.Contains(format, word) {
			t.Errorf("the access log keeps %s: %s", word, format)
		}
	}
	if at(stage, "MethodSettings", 0, "ThrottlingRateLimit") == nil || stage["TracingEnabled"] != true {
		t.Errorf("the API is not throttled or not traced: %s", inJSON(stage))
	}
}

func TestOnlyMailComesBackAndNothingIsTracked(t *testing.T) {
	ses := templates(t)["SesStack"]
	for id, p := range ses.of("AWS::SES::ConfigurationSetEventDestination") {
		if got := inJSON(at(p, "EventDestination", "MatchingEventTypes")); got != `["bounce","complaint","delivery","reject"]` {
			t.Errorf("%s listens to %s: opens and clicks would mean tracking", id, got)
		}
	}
	identity := one(t, ses, "AWS::SES::EmailIdentity")
	if at(identity, "MailFromAttributes", "MailFromDomain") != "mail.callanalyst.app" {
		t.Errorf("mail comes from %s", inJSON(identity["MailFromAttributes"]))
	}
}

// TestTemplatesCarryNoSecret looks for every form a secret has, and for the
// references to secrets in the places where a person could read them.
func TestTemplatesCarryNoSecret(t *testing.T) {
	secret := regexp.MustCompile(`sk_(?:live|test)_|whsec_|sk-ant-|AKIA[A-Z0-9]{16}|BEGIN [A-Z ]*PRIVATE KEY|"SecretString":`)
	for name, tpl := range templates(t) {
		if m := secret.FindString(tpl.text); m != "" {
			t.Errorf("%s carries %q", name, m)
		}
		for id, p := range tpl.of("AWS::Lambda::Function") {
			if strings.Contains(inJSON(p["Environment"]), "{{resolve:") {
				t.Errorf("%s, %s would have a secret in its environment", name, id)
			}
		}
		for id, out := range tpl.Outputs {
			if strings.Contains(inJSON(out), "{{resolve:") {
				t.Errorf("%s would print a secret as %s", name, id)
			}
		}
	}
}

// TestADeployNeverReplacesAFilledSecret holds the generator's properties still:
// a change of theirs would make CloudFormation generate the whole secret anew.
func TestADeployNeverReplacesAFilledSecret(t *testing.T) {
	secrets := templates(t)["DataStack"].of("AWS::SecretsManager::Secret")
	if len(secrets) != len(fleet.Secrets())+1 {
		t.Errorf("%d secrets, want the manifest's and Apple's", len(secrets))
	}
	for id, p := range secrets {
		key := "placeholder"
		if p["Name"] == "callanalyst/origin" {
			key = "verify"
		}
		want := `{"ExcludePunctuation":true,"GenerateStringKey":"` + key + `","PasswordLength":48,"SecretStringTemplate":"{}"}`
		if got := inJSON(p["GenerateSecretString"]); got != want {
			t.Errorf("%s is generated by %s, want %s for ever", id, got, want)
		}
	}
}

// TestEveryAlarmHasItsPlaceInTheRunbook follows each alarm to the heading that
// says what to do.
func TestEveryAlarmHasItsPlaceInTheRunbook(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs", "runbook.md"))
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(string(text), -1) {
		heading := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(m[1]), "")
		anchors[strings.ReplaceAll(heading, " ", "-")] = true
	}
	where := regexp.MustCompile(`docs/runbook\.md#([a-z0-9-]+)\.$`)
	alarms := 0
	for name, tpl := range templates(t) {
		for id, p := range tpl.of("AWS::CloudWatch::Alarm") {
			alarms++
			m := where.FindStringSubmatch(p["AlarmDescription"].(string))
			if m == nil || !anchors[m[1]] {
				t.Errorf("%s, %s: docs/runbook.md has no heading for %q", name, id, p["AlarmDescription"])
			}
			if at(p, "AlarmActions", 0) == nil {
				t.Errorf("%s, %s tells nobody", name, id)
			}
		}
	}
	if alarms < 3*len(rows()) {
		t.Errorf("%d alarms for %d functions", alarms, len(rows()))
	}
}
