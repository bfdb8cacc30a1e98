package console

import (
	"errors"
	"net/http"
	"strings"

	"callanalyst/stacks/local/feeds"
)

// buttons binds what changes something. look.Guard keeps other pages away.
func (c *Console) buttons(mux *http.ServeMux) {
	mux.HandleFunc("GET /_local/state", c.serveState)
	mux.HandleFunc("POST /_local/travel", travel)
	for pattern, do := range map[string]func(name string) error{
		"POST /_local/schedules/{name}/run":     c.o.Schedules.RunNow,
		"POST /_local/queues/{name}/redrive":    func(name string) error { _, err := c.o.Queues.Redrive(name); return err },
		"POST /_local/queues/{name}/purge":      func(name string) error { _, err := c.o.Queues.Purge(name); return err },
		"POST /_local/functions/{name}/redrive": func(name string) error { _, err := c.o.Async.Redrive(name); return err },
		"POST /_local/functions/{name}/purge":   func(name string) error { c.o.Async.Purge(name); return nil },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			err := do(r.PathValue("name"))
			c.o.Recorder.Touch()
			done(w, r, err)
		})
	}
}

func (c *Console) serveState(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(c.state().encode())
}

// done answers a button: a form goes back to the page, a program gets 204.
func done(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, feeds.ErrNoSchedule):
		http.Error(w, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(w, err.Error(), http.StatusConflict)
	case strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded"):
		http.Redirect(w, r, "/_local", http.StatusSeeOther)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// travel lets the visitor seem to come from another country, until the browser
// is closed.
func travel(w http.ResponseWriter, r *http.Request) {
	//nolint:gosec // without Secure: the fleet speaks plain http on the loopback address
	http.SetCookie(w, &http.Cookie{Name: "country", Value: r.FormValue("country"), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
