// Package inbox shows every mail the fleet sent, as its reader would see it: a
// page for people and JSON for tests.
package inbox

import (
	"encoding/json"
	"net/http"
	"time"

	"callanalyst/pkg/boot/awstest"
	"callanalyst/stacks/local/look"
)

// Options are where the mails come from.
type Options struct {
	Messages func() []awstest.Message // newest first
	Clear    func()
	Changed  func() <-chan struct{} // closed when a mail may have come
	Console  string                 // the address of the console, for a link; "" for none
}

// Inbox serves the mails. Make it with New.
type Inbox struct {
	o       Options
	handler http.Handler
}

// New returns the inbox of o.
func New(o Options) *Inbox {
	i := &Inbox{o: o}
	i.handler = look.Guard(i.routes())
	return i
}

// ServeHTTP implements http.Handler.
func (i *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.handler.ServeHTTP(w, r) }

func (i *Inbox) routes() *http.ServeMux {
	list, mail := pageOf("list.html"), pageOf("mail.html")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/messages", i.serveMessages)
	mux.HandleFunc("DELETE /api/messages", func(w http.ResponseWriter, _ *http.Request) {
		i.o.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /clear", func(w http.ResponseWriter, r *http.Request) {
		i.o.Clear()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.Handle("GET /style.css", look.Files("/"))
	mux.Handle("GET /live.js", look.Files("/"))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { render(w, list, i.listPage()) })
	mux.Handle("GET /live", look.Live{Changed: i.o.Changed, Render: func() ([]look.Fragment, error) {
		return look.Fragments(list, i.listPage(), "list")
	}})
	mux.HandleFunc("GET /messages/{id}", i.one(func(w http.ResponseWriter, m awstest.Message) {
		render(w, mail, mailPage{Console: i.o.Console, Mail: m})
	}))
	mux.HandleFunc("GET /messages/{id}/html", i.one(serveHTML))
	return mux
}

// message is a mail as JSON.
type message struct {
	ID               string    `json:"id"`
	To               []string  `json:"to"`
	From             string    `json:"from"`
	Subject          string    `json:"subject"`
	HTML             string    `json:"html"`
	Text             string    `json:"text"`
	ConfigurationSet string    `json:"configuration_set"`
	At               time.Time `json:"at"`
}

// serveMessages answers all mails, newest first.
func (i *Inbox) serveMessages(w http.ResponseWriter, _ *http.Request) {
	out := []message{}
	for _, m := range i.o.Messages() {
		out = append(out, message{m.ID, m.To, m.From, m.Subject, m.HTML, m.Text, m.ConfigurationSet, m.At})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string][]message{"messages": out})
}

// one passes on requests for a mail that is there.
func (i *Inbox) one(next func(http.ResponseWriter, awstest.Message)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, m := range i.o.Messages() {
			if m.ID == r.PathValue("id") {
				next(w, m)
				return
			}
		}
		http.Error(w, "There is no such mail (any more).", http.StatusNotFound)
	}
}
