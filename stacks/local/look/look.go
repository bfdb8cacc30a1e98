// Package look is what the local fleet's pages share: one style sheet, one small
// script that puts fresh fragments into an open page, and the stream that brings
// them. The pages work without the script; they only stand still.
package look

import (
	"embed"
	"html/template"
	"net/http"
	"strings"
)

//go:embed style.css live.js
var files embed.FS

// Policy is the content security policy of a page: its own style, its own
// script, nothing from elsewhere. frames is what its frames may show, 'none' or
// 'self'.
func Policy(frames string) string {
	return "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; frame-src " + frames
}

// Files serves style.css and live.js below prefix.
func Files(prefix string) http.Handler {
	return http.StripPrefix(prefix, http.FileServerFS(files))
}

// Fragment is a part of a page: the element with this id gets this content.
type Fragment struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
}

// Fragments renders one template for each id. The templates are named as the
// ids are.
func Fragments(t *template.Template, data any, ids ...string) ([]Fragment, error) {
	out := make([]Fragment, len(ids))
	for i, id := range ids {
		var b strings.Builder
		if err := t.ExecuteTemplate(&b, id, data); err != nil {
			return nil, err
		}
		out[i] = Fragment{ID: id, HTML: b.String()}
	}
	return out, nil
}
