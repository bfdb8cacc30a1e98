package edge

import (
	_ "embed"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strings"
)

// blockedPage is the page for visitors from elsewhere while the site has none.
//
//go:embed blocked.html
var blockedPage []byte

// Site serves the built site in the folder dist. A path without a file behind
// it is the application's own and gets index.html. While there is no build, home
// answers instead, and a plain block page is there either way. The folder is
// looked at on each request, so that a build shows without a restart.
func Site(dist string, home http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		files := os.DirFS(dist)
		name, found := locate(files, r.URL.Path)
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "The site is only read.", http.StatusMethodNotAllowed)
		case found:
			cache(w.Header(), name)
			http.ServeFileFS(w, r, files, name)
		case r.URL.Path == "/blocked.html":
			blocked(w)
		case exists(files, "index.html"):
			http.NotFound(w, r)
		default:
			home.ServeHTTP(w, r)
		}
	})
}

// locate finds the file that answers a path.
func locate(files fs.FS, url string) (string, bool) {
	name := strings.TrimPrefix(path.Clean("/"+url), "/")
	candidates := []string{name, name + ".html", path.Join(name, "index.html")}
	if path.Ext(name) == "" {
		candidates = append(candidates, "index.html")
	}
	for _, c := range candidates {
		if exists(files, c) {
			return c, true
		}
	}
	return "", false
}

func exists(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.Mode().IsRegular()
}

// cache lets browsers keep what has its hash in its name, and nothing else.
func cache(h http.Header, name string) {
	if strings.HasPrefix(name, "assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		return
	}
	h.Set("Cache-Control", "no-cache")
}

func blocked(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write(blockedPage)
}
