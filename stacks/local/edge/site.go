package edge

import (
	_ "embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"

	viewer "callanalyst/stacks/aws/edge"
)

// blockedPage is the page for visitors from elsewhere while the site has none.
//
//go:embed blocked.html
var blockedPage []byte

const (
	index      = "index.html"
	configPath = "/config.json"
)

// Site serves the built site in the folder dist as the bucket and site.js do: a
// path whose last part has no dot is the application's own and gets its page.
// What the site reads as /config.json is config. While there is no build, home
// answers instead, and a plain block page is there either way. The folder is
// looked at on each request, so that a build shows without a restart.
func Site(dist string, config viewer.Config, home http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		files := os.DirFS(dist)
		name := file(r.URL.Path)
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The site is only read.", http.StatusMethodNotAllowed)
		case r.URL.Path == configPath:
			configure(w, config)
		case exists(files, name):
			cache(w.Header(), name)
			serve(w, r, files, name)
		case r.URL.Path == "/blocked.html":
			blocked(w)
		case exists(files, index):
			http.NotFound(w, r)
		default:
			w.Header().Del("Content-Security-Policy") // the site's, not home's
			home.ServeHTTP(w, r)
		}
	})
}

// file names the file that answers a path.
func file(url string) string {
	name := strings.TrimPrefix(path.Clean("/"+url), "/")
	if !strings.Contains(path.Base("/"+name), ".") && !strings.HasPrefix(name, ".well-known/") {
		return index
	}
	return name
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}

// serve answers a file under whatever path it was asked for: the file server of
// the standard library would redirect index.html to its folder.
func serve(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	if name != index {
		http.ServeFileFS(w, r, files, name) //nolint:gosec // DirFS lets no name out of its folder
		return
	}
	body, err := fs.ReadFile(files, name)
	if err != nil {
		http.Error(w, "The site's page cannot be read.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(body) //nolint:gosec // the built page, not what the visitor sent
}

// cache lets browsers keep what has its hash in its name, and nothing else.
func cache(h http.Header, name string) {
	rule := viewer.Never
	if strings.HasPrefix(name, "assets/") {
		rule = viewer.Forever
	}
	h.Set("Cache-Control", rule)
}

func configure(w http.ResponseWriter, config viewer.Config) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", viewer.Never)
	_ = json.NewEncoder(w).Encode(config) // nobody to tell when the visitor has left
}

func blocked(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write(blockedPage)
}
