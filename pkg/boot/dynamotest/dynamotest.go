package dynamotest

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// EndpointSetting names the environment setting with the address of an engine
// that runs already. The full test run sets it to one DynamoDB Local for all
// packages; without it each test starts a dynoxide of its own.
const EndpointSetting = "DYNAMODB_TEST_ENDPOINT"

// DB is a DynamoDB engine for one test, holding every table of the fleet.
type DB struct {
	*dynamodb.Client
	URL string

	prefix string
}

// New starts an engine, or joins the one that EndpointSetting names, creates the
// fleet's tables for this test alone and stops all at the test's end.
func New(tb testing.TB) *DB {
	tb.Helper()
	url, prefix := os.Getenv(EndpointSetting), ""
	if url != "" {
		prefix = rand.Text()[:8] + "_"
	} else {
		e, err := Run(context.Background(), Options{Root: Root(tb)})
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(e.Stop)
		url = e.URL
	}
	db := &DB{Client: NewClient(url), URL: url, prefix: prefix}
	if err := CreateTables(tb.Context(), db.Client, prefix); err != nil {
		tb.Fatal(err)
	}
	return db
}

// Table returns the real name of the fleet's table in this test.
func (db *DB) Table(name string) string { return db.prefix + name }

// Root returns the repository's root: the nearest folder upward with go.work.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
	}
	tb.Fatal("no go.work above the test's folder")
	return ""
}
