package googletest

import (
	"strings"
	"time"
)

// eventJSON writes a meeting as the API shows it to email. Of a cancelled one there
// is little left.
func eventJSON(m Meeting, email string) map[string]any {
	out := map[string]any{"kind": "calendar#event", "id": m.ID, "status": "confirmed", "updated": m.Updated.UTC().Format(time.RFC3339Nano)}
	if m.Series != "" {
		out["recurringEventId"], out["originalStartTime"] = m.Series, moment(m.Original)
	}
	if m.Cancelled {
		out["status"] = "cancelled"
		return out
	}
	out["eventType"], out["iCalUID"], out["summary"] = or(m.Type, "default"), m.UID, m.Title
	out["start"], out["end"] = moment(m.Start), moment(m.End())
	if m.AllDay {
		out["start"], out["end"] = day(m.Start), day(m.End())
	}
	for name, text := range map[string]string{"description": m.Description, "location": m.Location} {
		if text != "" {
			out[name] = text
		}
	}
	if m.Conference != "" {
		conference(out, m.Conference)
	}
	out["organizer"] = person(m.Organizer, email)
	if len(m.Guests) > 0 {
		out["attendees"] = attendees(m, email)
	}
	return out
}

func conference(out map[string]any, link string) {
	out["conferenceData"] = map[string]any{
		"entryPoints": []any{
			map[string]any{"entryPointType": "phone", "uri": "tel:+1-555-010-0000"},
			map[string]any{"entryPointType": "video", "uri": link},
		},
		"conferenceSolution": map[string]any{"name": "Video"},
	}
	if strings.Contains(link, "meet.google.com") {
		out["hangoutLink"] = link
	}
}

func attendees(m Meeting, email string) (out []any) {
	for _, g := range m.Guests {
		a := person(g.Email, email)
		a["responseStatus"] = m.Response(g.Email)
		if g.Email == m.Organizer {
			a["organizer"] = true
		}
		if g.Room {
			a["resource"] = true
		}
		out = append(out, a)
	}
	return out
}

func person(email, self string) map[string]any {
	p := map[string]any{"email": email}
	if email == self {
		p["self"] = true
	}
	return p
}

// moment writes a time with the offset of the calendar, which is New York's.
func moment(t time.Time) map[string]any {
	return map[string]any{"dateTime": t.In(time.FixedZone("", -5*60*60)).Format(time.RFC3339), "timeZone": "America/New_York"}
}

func day(t time.Time) map[string]any { return map[string]any{"date": t.UTC().Format(time.DateOnly)} }

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
