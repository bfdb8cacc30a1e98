package googletest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// listEvents is events.list of the token's own calendar, as far as a reader of
// windows needs it: the occurrences of series, in the order of their starts.
func (s *Server) listEvents(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	email, scopes, ok := s.Who(token)
	switch {
	case !ok:
		refuseEvents(w, http.StatusUnauthorized, "UNAUTHENTICATED", "authError", "Invalid Credentials")
		return
	case !slices.ContainsFunc(scopes, func(s string) bool { return strings.Contains(s, "/auth/calendar") }):
		refuseEvents(w, http.StatusForbidden, "PERMISSION_DENIED", "insufficientPermissions", "Request had insufficient authentication scopes.")
		return
	}
	if reason := s.Calendars.spend(email); reason != "" {
		refuseEvents(w, http.StatusForbidden, "RESOURCE_EXHAUSTED", reason, "Quota exceeded.")
		return
	}
	if !s.Calendars.wait(r.Context()) {
		return
	}
	q, problem := parseQuery(r)
	switch problem {
	case "":
		respond(w, http.StatusOK, prune(q.answer(s.Calendars, email), r.URL.Query().Get("fields")))
	case "fullSyncRequired":
		refuseEvents(w, http.StatusGone, "", problem, "Sync token is no longer valid, a full sync is required.")
	default:
		refuseEvents(w, http.StatusBadRequest, "INVALID_ARGUMENT", "badRequest", problem)
	}
}

// query is what a request asks for.
type query struct {
	from, to time.Time
	deleted  bool
	most     int
	offset   int
}

// parseQuery reads a request's parameters, or says what is wrong with them.
func parseQuery(r *http.Request) (query, string) {
	v := r.URL.Query()
	q := query{deleted: v.Get("showDeleted") == "true", most: 250}
	if v.Get("syncToken") != "" {
		for _, other := range []string{"timeMin", "timeMax", "orderBy", "q", "updatedMin", "iCalUID"} {
			if v.Has(other) {
				return q, "Sync token cannot be used with " + other + "."
			}
		}
		return q, "fullSyncRequired" // none was ever given out, so any is too old
	}
	if v.Get("singleEvents") != "true" {
		return q, "The requested ordering is not available for the particular query."
	}
	var ok [4]bool
	q.from, ok[0] = parseTime(v.Get("timeMin"), time.Time{})
	q.to, ok[1] = parseTime(v.Get("timeMax"), time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
	q.most, ok[2] = parseCount(v.Get("maxResults"), 250)
	q.offset, ok[3] = parseCount(v.Get("pageToken"), 0)
	if slices.Contains(ok[:], false) || q.most < 1 || !q.to.After(q.from) {
		return q, "Bad Request"
	}
	q.most = min(q.most, 2500)
	return q, ""
}

func parseTime(text string, absent time.Time) (time.Time, bool) {
	if text == "" {
		return absent, true
	}
	t, err := time.Parse(time.RFC3339, text)
	return t, err == nil
}

func parseCount(text string, absent int) (int, bool) {
	if text == "" {
		return absent, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// answer is one page.
func (q query) answer(c *Calendars, email string) map[string]any {
	items := []any{}
	next := ""
	for _, m := range c.List(email, q.from, q.to) {
		if !m.Cancelled || q.deleted {
			items = append(items, eventJSON(m, email))
		}
	}
	items = items[min(q.offset, len(items)):]
	if len(items) > q.most {
		items, next = items[:q.most], strconv.Itoa(q.offset+q.most)
	}
	out := map[string]any{"kind": "calendar#events", "summary": email, "timeZone": "America/New_York", "accessRole": "owner", "items": items}
	if next != "" {
		out["nextPageToken"] = next
	} else {
		out["nextSyncToken"] = "sync"
	}
	return out
}

// refuseEvents writes an error in the form of Google's APIs.
func refuseEvents(w http.ResponseWriter, status int, name, reason, message string) {
	e := map[string]any{
		"code": status, "message": message,
		"errors": []any{map[string]string{"domain": "global", "reason": reason, "message": message}},
	}
	if name != "" {
		e["status"] = name
	}
	respond(w, status, map[string]any{"error": e})
}
