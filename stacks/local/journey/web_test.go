package journey_test

import (
	"bufio"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"callanalyst/pkg/boot/dynamotest"
)

var (
	// screens has the browser tests write a picture of each page to docs/screens.
	screens = flag.Bool("screens", false, "write docs/screens anew")
	// measured has Lighthouse measure the site instead. It asks for a machine that
	// does nothing else: whatever runs beside it counts as the page's own work.
	measured = flag.Bool("lighthouse", false, "measure the site with Lighthouse instead of testing it")
)

// TestPagesInABrowser drives the built site in Chromium against a fleet of its
// own: every file web/test/*.test.mjs. It belongs to the full run, which needs a
// browser; the everyday one needs none.
func TestPagesInABrowser(t *testing.T) {
	t.Parallel()
	web := filepath.Join(dynamotest.Root(t), "web")
	if !ready(t, web) {
		return
	}
	pattern := "*.test.mjs"
	if *measured {
		pattern = "lighthouse.mjs"
	}
	files, err := filepath.Glob(filepath.Join(web, "test", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no browser tests in %s: %v", web, err)
	}
	l := startFleet(t, nil)
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimSuffix(filepath.Base(file), ".mjs"), ".test"), func(t *testing.T) { l.drive(t, web, file) })
	}
}

// ready reports whether this run drives a browser. It fails where the run has to
// and there is no site or no browser.
func ready(t *testing.T, web string) bool {
	t.Helper()
	if os.Getenv("REQUIRE_ENGINES") != "1" && !*screens && !*measured {
		t.Log("no browser is asked for: go tool task web:pages")
		return false
	}
	for what, file := range map[string]string{
		"the site is not built: go tool task web:build":                     filepath.Join(web, "dist", "index.html"),
		"the browser's driver is not installed: go tool task setup:browser": filepath.Join(web, "test", "node_modules", "playwright-core"),
		"Chromium is not installed: go tool task setup:browser":             chromium(),
	} {
		if _, err := os.Stat(file); err != nil {
			t.Fatal(what)
		}
	}
	return true
}

// chromium is the browser's program.
func chromium() string {
	if path := os.Getenv("CHROMIUM"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}

// drive runs one file of browser tests and fails with each of its tests that do.
func (l *local) drive(t *testing.T, web, file string) {
	cmd := exec.CommandContext(t.Context(), "node", "--test", "--test-reporter", "tap", file)
	cmd.Dir = web
	cmd.Env = append(os.Environ(),
		"FLEET_SITE="+l.URL("edge"), "FLEET_INBOX="+l.URL("inbox"), "FLEET_AWS="+l.URL("aws"), "FLEET_GOOGLE="+l.URL("google"), "CHROMIUM="+chromium(),
	)
	if *screens {
		cmd.Env = append(cmd.Env, "UPDATE_SCREENS=1")
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal("the browser tests need Node 20: ", err)
	}
	report(t, out)
	if err := cmd.Wait(); err != nil {
		t.Errorf("%s: %v", filepath.Base(file), err)
	}
}

// report passes on what Node says of each test, and of a failure everything.
func report(t *testing.T, tap io.Reader) {
	t.Helper()
	lines, failing := bufio.NewScanner(tap), false
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "ok "):
			t.Log(line)
			failing = false
		case strings.HasPrefix(line, "not ok "):
			t.Error(line)
			failing = true
		case strings.HasPrefix(line, "# /"):
			t.Log(line) // what Lighthouse measured
		case strings.HasPrefix(line, "# "):
			failing = false
		case failing:
			t.Log(line)
		}
	}
}
