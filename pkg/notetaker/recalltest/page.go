package recalltest

import (
	"fmt"
	"html"
	"net/http"
	"strings"
)

// page shows every bot to a person.
func (s *Server) page(w http.ResponseWriter) {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="2"><title>Recall stand-in</title>` +
		`<body style="font:16px system-ui;margin:2rem"><h1>Bots</h1><table cellpadding="6"><tr><th align="left">meeting<th align="left">joins<th align="left">status<th align="left">heard</tr>`)
	for _, x := range s.Bots() {
		joins, status := "at once", x.Status
		if !x.JoinAt.IsZero() {
			joins = x.JoinAt.Format("2 Jan 15:04:05")
		}
		if x.Deleted {
			status = "deleted"
		}
		_, _ = fmt.Fprintf(&b, "<tr><td>%s<td>%s<td>%s<td>%d lines</tr>", html.EscapeString(x.MeetingURL), joins, html.EscapeString(status), len(x.heard))
	}
	b.WriteString("</table></body></html>")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(b.String()))
}
