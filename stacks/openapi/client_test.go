package openapi_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
