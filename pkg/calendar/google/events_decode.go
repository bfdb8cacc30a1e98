package google

import "time"

// Event is what matters of a calendar's event, as its user sees it.
type Event struct {
	ID         string // an occurrence's is its own, and stays when it is moved
	Title      string
	Start, End time.Time // zero for one of which Google says no more than that it is gone
	AllDay     bool
	Cancelled  bool
	Kind       string   // eventType: default, focusTime, outOfOffice, workingLocation, birthday, fromGmail
	Response   Response // of the user
	Mine       bool     // the user is the organiser
	Others     bool     // somebody else is invited; rooms are nobody
	Links      []string // texts that may hold the meeting's link, the likeliest first
}

// Response is a user's answer to an invitation.
type Response string

// The answers that Google knows.
const (
	Accepted    Response = "accepted"
	Declined    Response = "declined"
	Tentative   Response = "tentative"
	NeedsAction Response = "needsAction"
)

// item is an event as the API writes it. A cancelled one may hold its id alone.
type item struct {
	ID          string  `json:"id"`
	Status      string  `json:"status"`
	EventType   string  `json:"eventType"`
	Summary     string  `json:"summary"`
	Description string  `json:"description"`
	Location    string  `json:"location"`
	Start       instant `json:"start"`
	End         instant `json:"end"`
	HangoutLink string  `json:"hangoutLink"`
	Conference  struct {
		EntryPoints []struct {
			Type string `json:"entryPointType"`
			URI  string `json:"uri"`
		} `json:"entryPoints"`
	} `json:"conferenceData"`
	Attendees []attendee `json:"attendees"`
	Organizer struct {
		Self bool `json:"self"`
	} `json:"organizer"`
}

type attendee struct {
	Self     bool     `json:"self"`
	Resource bool     `json:"resource"`
	Response Response `json:"responseStatus"`
}

// instant is a moment, or a day without a time of day.
type instant struct {
	Date     string `json:"date"`
	DateTime string `json:"dateTime"`
}

// at is zero for whatever is no time.
func (i instant) at() time.Time {
	t, err := time.Parse(time.RFC3339, i.DateTime)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// event reads an item. Whoever has an event without guests in the calendar has
// accepted it, and so has its organiser who is not among the guests.
func (it item) event() Event {
	e := Event{
		ID: it.ID, Title: it.Summary, Start: it.Start.at(), End: it.End.at(), AllDay: it.Start.Date != "",
		Cancelled: it.Status == "cancelled", Kind: it.EventType, Response: Accepted, Mine: it.Organizer.Self,
	}
	for _, a := range it.Attendees {
		switch {
		case a.Self:
			e.Response = a.Response
		case !a.Resource:
			e.Others = true
		}
	}
	e.Links = it.links()
	return e
}

// links lists the texts that may hold the meeting's link. The conference data
// come first: the link in a description may be of the meeting before.
func (it item) links() []string {
	var out []string
	for _, p := range it.Conference.EntryPoints {
		if p.Type == "video" {
			out = append(out, p.URI)
		}
	}
	for _, text := range []string{it.HangoutLink, it.Location, it.Description, it.Summary} {
		if text != "" {
			out = append(out, text)
		}
	}
	return out
}
