package supabasetest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

// profiles answers the table in the order of its ids, as far as id=gt.… and the
// limit say, and never more than MaxRows, without a word about the rest.
func (s *Server) profiles(w http.ResponseWriter, r *http.Request) {
	if !s.admin(w, r) {
		return
	}
	if order := r.FormValue("order"); order != "id.asc" {
		write(w, http.StatusBadRequest, map[string]any{"code": "PGRST100", "message": "this project orders profiles by id.asc alone, not " + order})
		return
	}
	after := strings.TrimPrefix(r.FormValue("id"), "gt.")
	s.mu.Lock()
	rows := make([]Profile, 0, len(s.st.Profiles))
	for _, p := range s.st.Profiles {
		if p.ID > after {
			rows = append(rows, p)
		}
	}
	s.mu.Unlock()
	slices.SortFunc(rows, func(a, b Profile) int { return cmp.Compare(a.ID, b.ID) })
	rows = rows[:min(len(rows), s.cfg.MaxRows, max(0, number(r, "limit", s.cfg.MaxRows)))]
	out := []map[string]any{}
	for _, p := range rows {
		row := map[string]any{"id": p.ID, "email": p.Email, "tier": p.Tier, "stripe_customer_id": nil}
		if p.CustomerID != "" {
			row["stripe_customer_id"] = p.CustomerID
		}
		out = append(out, row)
	}
	write(w, http.StatusOK, out)
}
