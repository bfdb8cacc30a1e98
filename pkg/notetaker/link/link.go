// Package link recognises video meetings in links: the ones that people paste,
// and the ones in the texts of calendars. Whatever it does not recognise no bot
// is ever sent to, so a link is judged by its parsed host and path and never by
// the words in it.
package link

import (
	"html"
	"net/url"
	"regexp"
	"strings"
)

// Platform is a maker of video meetings.
type Platform string

// The platforms that a bot can join.
const (
	Zoom  Platform = "zoom"
	Meet  Platform = "google_meet"
	Teams Platform = "microsoft_teams"
	Webex Platform = "webex"
)

// Link is one recognised meeting.
type Link struct {
	Platform Platform
	ID       string // the meeting's own id within its platform, the same for every spelling of its link
	URL      string // https, without what the meeting does not need; it may hold the meeting's password
}

// Room names the meeting across platforms: two links to one meeting have one
// Room. It holds no password.
func (l Link) Room() string { return string(l.Platform) + ":" + l.ID }

// maxText bounds how much of a text is searched: descriptions of calendar events
// are at most 8 KB.
const maxText = 64 << 10

// address matches anything that looks like a link in a text.
var address = regexp.MustCompile(`https?://[^\s<>"'\\]+`)

// Recognise returns the first meeting in a link or in a longer text, plain or
// HTML. Of several links to that meeting it takes the longest, which is the one
// with the password.
func Recognise(text string) (Link, bool) {
	var found Link
	for _, raw := range address.FindAllString(text[:min(len(text), maxText)], -1) {
		l, ok := candidate(raw, raw == strings.TrimSpace(text))
		switch {
		case !ok, found.ID != "" && l.Room() != found.Room():
		case len(l.URL) > len(found.URL):
			found = l
		}
	}
	return found, found.ID != ""
}

// candidate judges what looks like a link. In a sentence, its end belongs to the
// sentence; alone, even a password that ends in punctuation is meant.
func candidate(raw string, alone bool) (Link, bool) {
	raw = html.UnescapeString(raw)
	if alone {
		if l, ok := parse(raw); ok {
			return l, true
		}
	}
	return parse(strings.TrimRight(raw, ").,;:]}>!?*_"))
}

// parse judges one link, after taking it out of the wrappers that mail programs
// put around links.
func parse(raw string) (Link, bool) {
	u := unwrap(raw)
	if u == nil || u.User != nil || u.Port() != "" {
		return Link{}, false
	}
	for _, judge := range []func(*url.URL) (Link, bool){zoom, meet, teams, webex} {
		if l, ok := judge(u); ok {
			return l, true
		}
	}
	return Link{}, false
}

// maxWrappers bounds the unwrapping: some links are wrapped in themselves.
const maxWrappers = 4

// unwrap returns the link inside Outlook's SafeLinks and Google's redirects, nil
// for what is no link of the web.
func unwrap(raw string) *url.URL {
	for range maxWrappers {
		u, err := url.Parse(raw)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") {
			return nil
		}
		inner := wrapped(u)
		if inner == "" {
			return u
		}
		raw = inner
	}
	return nil
}

// wrapped returns what a wrapper leads to, "" for any other link.
func wrapped(u *url.URL) string {
	host := host(u)
	switch {
	case under(host, "safelinks.protection.outlook.com"):
		return u.Query().Get("url")
	case (host == "google.com" || host == "www.google.com") && u.Path == "/url":
		return u.Query().Get("q")
	}
	return ""
}

func host(u *url.URL) string { return strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") }

// under reports whether host is domain or a subdomain of it.
func under(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
