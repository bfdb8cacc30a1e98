package link

import (
	"net/url"
	"regexp"
	"strings"
)

// The forms of meetings in paths. Zoom's ids have 9 to 11 digits; a personal
// room has a name instead.
var (
	zoomNumber = regexp.MustCompile(`^/(?:j|w|s|wc|wc/join)/(\d{9,11})(?:/(?:join|start))?/?$`)
	zoomRoom   = regexp.MustCompile(`^/my/([A-Za-z0-9][A-Za-z0-9._-]{0,62}[A-Za-z0-9])/?$`)
	meetCode   = regexp.MustCompile(`^/(?:_meet/)?([a-z]{3}-[a-z]{4}-[a-z]{3})/?$`)
	teamsLong  = regexp.MustCompile(`/l/meetup-join/([^/?]{8,512})`)
	teamsRoom  = regexp.MustCompile(`^19:[A-Za-z0-9_-]+@(?:[a-z0-9]+\.)*[a-z0-9]+$`)
	teamsShort = regexp.MustCompile(`/meet/(\d{9,15})(?:$|[/?])`)
	webexRoom  = regexp.MustCompile(`^/(?:meet|join)/([A-Za-z0-9](?:[A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?)/?$`)
	webexTitle = regexp.MustCompile(`^/(?:[A-Za-z0-9._-]+/)*j\.php$`)
	webexKey   = regexp.MustCompile(`^m[0-9a-f]{16,64}$`)
)

// zoom knows numbers and personal rooms. events.zoom.us sells tickets; there is
// no meeting behind its links.
func zoom(u *url.URL) (Link, bool) {
	h := host(u)
	if h == "events.zoom.us" || (!under(h, "zoom.us") && !under(h, "zoom.com") && !under(h, "zoomgov.com")) {
		return Link{}, false
	}
	id := ""
	if m := zoomNumber.FindStringSubmatch(u.Path); m != nil {
		id = m[1]
	} else if m := zoomRoom.FindStringSubmatch(u.Path); m != nil {
		id = "my/" + strings.ToLower(m[1])
	}
	if under(h, "zoomgov.com") && id != "" {
		id = "gov/" + id // another cloud, with numbers of its own
	}
	return made(Zoom, id, h, u.Path, only(u.Query(), "pwd", "tk"))
}

func meet(u *url.URL) (Link, bool) {
	if host(u) != "meet.google.com" {
		return Link{}, false
	}
	m := meetCode.FindStringSubmatch(strings.ToLower(u.Path))
	if m == nil {
		return Link{}, false
	}
	return made(Meet, m[1], "meet.google.com", "/"+m[1], "")
}

// teams knows the long links, whose thread is the meeting, and the short ones
// with a number. The new client writes either into the fragment.
func teams(u *url.URL) (Link, bool) {
	h := host(u)
	if h != "teams.microsoft.com" && h != "teams.microsoft.us" && h != "teams.live.com" && h != "teams.cloud.microsoft" {
		return Link{}, false
	}
	if strings.HasPrefix(u.Fragment, "/") {
		inner, err := url.Parse("https://" + h + u.EscapedFragment())
		if err != nil {
			return Link{}, false
		}
		u = inner
	}
	path := u.EscapedPath()
	if m := teamsShort.FindStringSubmatch(path); m != nil {
		return made(Teams, m[1], h, "/meet/"+m[1], only(u.Query(), "p"))
	}
	m := teamsLong.FindStringSubmatch(path)
	if m == nil {
		return Link{}, false
	}
	thread, err := url.PathUnescape(m[1])
	if err != nil || !teamsRoom.MatchString(thread) {
		return Link{}, false
	}
	return made(Teams, thread, h, path[strings.Index(path, "/l/meetup-join/"):], only(u.Query(), "context"))
}

func webex(u *url.URL) (Link, bool) {
	h := host(u)
	if !under(h, "webex.com") || h == "webex.com" || h == "www.webex.com" {
		return Link{}, false
	}
	if m := webexRoom.FindStringSubmatch(u.Path); m != nil {
		return made(Webex, h+"/"+strings.ToLower(m[1]), h, u.Path, "")
	}
	key := u.Query().Get("MTID")
	if !webexTitle.MatchString(u.Path) || !webexKey.MatchString(key) {
		return Link{}, false
	}
	return made(Webex, key, h, u.Path, only(u.Query(), "MTID"))
}

// made builds the link that the bot is given: always https.
func made(p Platform, id, host, path, query string) (Link, bool) {
	if id == "" {
		return Link{}, false
	}
	u := "https://" + host + path
	if query != "" {
		u += "?" + query
	}
	return Link{Platform: p, ID: id, URL: u}, true
}

// only keeps the named parameters: everything else tells who was invited.
func only(q url.Values, names ...string) string {
	kept := url.Values{}
	for _, n := range names {
		if v := q.Get(n); v != "" {
			kept.Set(n, v)
		}
	}
	return kept.Encode()
}
