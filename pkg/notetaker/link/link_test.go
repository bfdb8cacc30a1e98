package link_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/notetaker/link"
)

const thread = "19:meeting_ZjQ0@thread.v2"

func TestRecognise(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       link.Link // zero: not a meeting
	}{
		{"a Zoom number with its password", "https://us02web.zoom.us/j/84335626851?pwd=a1B2.1&uname=Ada", link.Link{link.Zoom, "84335626851", "https://us02web.zoom.us/j/84335626851?pwd=a1B2.1"}},
		{"Zoom's web client", "https://zoom.us/wc/join/84335626851", link.Link{link.Zoom, "84335626851", "https://zoom.us/wc/join/84335626851"}},
		{"Zoom's web client, as it rewrites itself", "https://app.zoom.us/wc/84335626851/join?tk=x", link.Link{link.Zoom, "84335626851", "https://app.zoom.us/wc/84335626851/join?tk=x"}},
		{"a Zoom webinar", "https://zoom.us/w/843356268", link.Link{link.Zoom, "843356268", "https://zoom.us/w/843356268"}},
		{"a personal room", "https://acme.zoom.us/my/Ada.Lovelace", link.Link{link.Zoom, "my/ada.lovelace", "https://acme.zoom.us/my/Ada.Lovelace"}},
		{"Zoom for government", "https://www.zoomgov.com/j/1601234567", link.Link{link.Zoom, "gov/1601234567", "https://www.zoomgov.com/j/1601234567"}},
		{"plain http becomes https", "http://zoom.us/j/843356268", link.Link{link.Zoom, "843356268", "https://zoom.us/j/843356268"}},
		{"a Zoom number that is too short", "https://zoom.us/j/84335626", link.Link{}},
		{"a ticket shop", "https://events.zoom.us/j/84335626851", link.Link{}},
		{"Zoom's downloads", "https://zoom.us/download", link.Link{}},

		{"Meet", "https://meet.google.com/abc-defg-hij?authuser=0", link.Link{link.Meet, "abc-defg-hij", "https://meet.google.com/abc-defg-hij"}},
		{"Meet, shouted", "HTTPS is https://MEET.google.com/ABC-DEFG-HIJ.", link.Link{link.Meet, "abc-defg-hij", "https://meet.google.com/abc-defg-hij"}},
		{"Meet in its own wrapper", "https://meet.google.com/_meet/abc-defg-hij", link.Link{link.Meet, "abc-defg-hij", "https://meet.google.com/abc-defg-hij"}},
		{"a Meet lookup leads nowhere by itself", "https://meet.google.com/lookup/abc-defg-hij", link.Link{}},

		{"Teams, long", "https://teams.microsoft.com/l/meetup-join/19%3ameeting_ZjQ0%40thread.v2/0?context=%7b%22Tid%22%3a%22t%22%7d", link.Link{link.Teams, thread, "https://teams.microsoft.com/l/meetup-join/19%3ameeting_ZjQ0%40thread.v2/0?context=%7B%22Tid%22%3A%22t%22%7D"}},
		{"Teams, short", "https://teams.live.com/meet/9356789012345?p=Abc", link.Link{link.Teams, "9356789012345", "https://teams.live.com/meet/9356789012345?p=Abc"}},
		{"Teams, in the fragment", "https://teams.microsoft.com/v2/?meetingjoin=true#/meet/9356789012345?p=Abc&anon=true", link.Link{link.Teams, "9356789012345", "https://teams.microsoft.com/meet/9356789012345?p=Abc"}},
		{"Teams, long in the fragment", "https://teams.microsoft.com/_#/l/meetup-join/19:meeting_ZjQ0@thread.v2/0", link.Link{link.Teams, thread, "https://teams.microsoft.com/l/meetup-join/19:meeting_ZjQ0@thread.v2/0"}},
		{"a thread that is cut off", "https://teams.microsoft.com/l/meetup-join/19%3ameeting_", link.Link{}},
		{"a Teams channel", "https://teams.microsoft.com/l/channel/19%3aabc", link.Link{}},

		{"a Webex room", "https://acme.webex.com/meet/Ada", link.Link{link.Webex, "acme.webex.com/ada", "https://acme.webex.com/meet/Ada"}},
		{"a Webex meeting", "https://acme.webex.com/acme/j.php?MTID=m0123456789abcdef0123456789abcdef&u=x", link.Link{link.Webex, "m0123456789abcdef0123456789abcdef", "https://acme.webex.com/acme/j.php?MTID=m0123456789abcdef0123456789abcdef"}},
		{"Webex without a site", "https://www.webex.com/meet/ada", link.Link{}},

		{"another's host that ends alike", "https://zoom.us.evil.com/j/84335626851", link.Link{}},
		{"another's host that begins alike", "https://evilzoom.us/j/84335626851", link.Link{}},
		{"the meeting in a parameter only", "https://evil.com/?u=https://zoom.us/j/84335626851", link.Link{}},
		{"a user in front of the host", "https://meet.google.com@evil.com/abc-defg-hij", link.Link{}},
		{"a user in front of the right host", "https://a:b@meet.google.com/abc-defg-hij", link.Link{}},
		{"another port", "https://meet.google.com:8443/abc-defg-hij", link.Link{}},
		{"another scheme", "ftp://meet.google.com/abc-defg-hij", link.Link{}},
		{"no link", "abc-defg-hij", link.Link{}},
		{"nothing", "", link.Link{}},
		{"broken escapes", "https://zoom.us/j/%zz", link.Link{}},

		{"SafeLinks", "https://nam12.safelinks.protection.outlook.com/?url=https%3A%2F%2Fzoom.us%2Fj%2F84335626851%3Fpwd%3Da&data=x", link.Link{link.Zoom, "84335626851", "https://zoom.us/j/84335626851?pwd=a"}},
		{"SafeLinks in Google's redirect", "https://www.google.com/url?q=https%3A%2F%2Fnam12.safelinks.protection.outlook.com%2F%3Furl%3Dhttps%253A%252F%252Fmeet.google.com%252Fabc-defg-hij", link.Link{link.Meet, "abc-defg-hij", "https://meet.google.com/abc-defg-hij"}},
		{"SafeLinks around nothing", "https://nam12.safelinks.protection.outlook.com/?url=%zz", link.Link{}},
		{"a description in HTML", `<p>Join: <a href="https://zoom.us/j/84335626851?pwd=a&amp;tk=b">here</a> (or https://zoom.us/j/84335626851).</p>`, link.Link{link.Zoom, "84335626851", "https://zoom.us/j/84335626851?pwd=a&tk=b"}},
		{"the password's link wins, in any order", "https://zoom.us/j/84335626851, https://zoom.us/j/84335626851?pwd=a", link.Link{link.Zoom, "84335626851", "https://zoom.us/j/84335626851?pwd=a"}},
		{"a password that ends like a sentence", " https://zoom.us/j/84335626851?pwd=a_. ", link.Link{link.Zoom, "84335626851", "https://zoom.us/j/84335626851?pwd=a_."}},
		{"the end of a sentence", "Come to https://zoom.us/j/84335626851?pwd=a.", link.Link{link.Zoom, "84335626851", "https://zoom.us/j/84335626851?pwd=a"}},
		{"the first meeting wins", "https://meet.google.com/abc-defg-hij or https://zoom.us/j/84335626851?pwd=abcdefgh", link.Link{link.Meet, "abc-defg-hij", "https://meet.google.com/abc-defg-hij"}},
		{"behind a long text", strings.Repeat("x ", 1000) + "(https://meet.google.com/abc-defg-hij)", link.Link{link.Meet, "abc-defg-hij", "https://meet.google.com/abc-defg-hij"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, ok := link.Recognise(tt.text)
			if diff := cmp.Diff(tt.want, got); diff != "" || ok != (tt.want.ID != "") {
				t.Errorf("Recognise(%.120q) ok = %t (-want +got):\n%s", tt.text, ok, diff)
			}
		})
	}
}

func TestOneRoomHasOneName(t *testing.T) {
	t.Parallel()
	a, _ := link.Recognise("https://us02web.zoom.us/j/84335626851?pwd=a")
	b, _ := link.Recognise("https://zoom.us/wc/join/84335626851")
	if a.Room() != b.Room() || strings.Contains(a.Room(), "pwd") {
		t.Errorf("rooms %q and %q, want one name without the password", a.Room(), b.Room())
	}
}

// FuzzRecognise holds the two promises that cost money when broken: a recognised
// link leads to a platform's own host, and recognising it again changes nothing.
func FuzzRecognise(f *testing.F) {
	for _, s := range []string{
		"https://us02web.zoom.us/j/84335626851?pwd=a", "https://meet.google.com/abc-defg-hij", "https://acme.webex.com/meet/ada",
		"https://teams.microsoft.com/v2/?meetingjoin=true#/meet/9356789012345?p=Abc", "https://zoom.us.evil.com/j/84335626851",
		"https://x.safelinks.protection.outlook.com/?url=https%3A%2F%2Fzoom.us%2Fj%2F84335626851", "https://teams.microsoft.com/l/meetup-join/19%3ameeting_ZjQ0%40thread.v2/0",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, ok := link.Recognise(text)
		if !ok {
			return
		}
		u, err := url.Parse(l.URL)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" {
			t.Fatalf("Recognise(%q) gives %q, want a plain https link: %v", text, l.URL, err)
		}
		known := false
		for _, domain := range []string{"zoom.us", "zoom.com", "zoomgov.com", "meet.google.com", "teams.microsoft.com", "teams.microsoft.us", "teams.live.com", "teams.cloud.microsoft", "webex.com"} {
			known = known || u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain)
		}
		if !known {
			t.Errorf("Recognise(%q) leads to %q", text, u.Hostname())
		}
		again, ok := link.Recognise(l.URL)
		if !ok || again.Room() != l.Room() {
			t.Errorf("Recognise(%q) gives %+v, and of that %+v", text, l, again)
		}
	})
}
