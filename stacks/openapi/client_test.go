package openapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callanalyst/pkg/entitlement"
)

// TestTheSitesTypesAreOfThisDocument finds a document that was changed without
// its client. That the types are what the generator makes of it, the site's own
// tests say.
func TestTheSitesTypesAreOfThisDocument(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join(root, "docs", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	types, err := os.ReadFile(filepath.Join(root, "web", "src", "api", "schema.d.ts"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(document)
	if !strings.Contains(string(types), "// sha256 "+hex.EncodeToString(sum[:])+"\n") {
		t.Error("web/src/api/schema.d.ts is not of this docs/openapi.yaml: go tool task web:api")
	}
}

// TestTheSiteOffersThePlans finds a plan that the site's page describes wrongly.
func TestTheSiteOffersThePlans(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root, "web", "src", "pages", "plan", "offers.ts"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, p := range entitlement.Plans() {
		if p.LookupKey == "" {
			continue
		}
		n++
		want := fmt.Sprintf("{ tier: '%s', ask: %d, hours: %d, bots: %d }", p.Tier, p.Limits.AskPerMonth, p.Limits.BotHoursPerMonth, p.Limits.ConcurrentBots)
		if !strings.Contains(string(page), want) {
			t.Errorf("web/src/pages/plan/offers.ts lacks %s", want)
		}
	}
	if got := strings.Count(string(page), "{ tier: '"); got != n {
		t.Errorf("web/src/pages/plan/offers.ts offers %d plans, there are %d", got, n)
	}
}
