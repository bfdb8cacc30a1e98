package google

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"callanalyst/pkg/calendar"
)

// Events reads calendars. It makes one request per page and never retries:
// when to look again is for the caller to know. It is safe for concurrent use.
type Events struct {
	Base string // https://www.googleapis.com, without a trailing slash
	HTTP *http.Client
}

const (
	// pageSize is how many events a page has, Google's own default. Three days
	// of a calendar nearly always fit one.
	pageSize = 250
	// maxPages bounds what one look at a calendar costs of the quota.
	maxPages = 4
	// maxPage bounds what is read of one page: a description has up to 8 KB.
	maxPage = 8 << 20
	// callTimeout bounds one page. It takes 600 ms at p95.
	callTimeout = 10 * time.Second
)

// fields are the parts of the answer that are read; whatever is not named here
// Google leaves out, which makes answers a fifth of their size.
const fields = "nextPageToken,items(id,status,eventType,summary,description,location,start,end,hangoutLink," +
	"conferenceData(entryPoints(entryPointType,uri)),attendees(email,self,resource,organizer,responseStatus),organizer(self))"

// List returns the events of the token's user that end after from and start
// before to, each occurrence of a series for itself. What is cancelled may be
// among them or not. More than a thousand events are cut off, the last first.
//
// Windows are listed anew each time instead of asking for changes by a sync
// token: a token cannot be combined with a window, so it would tell of changes
// years ahead, it ends with 410 when it is old, and a call costs the same.
func (e *Events) List(ctx context.Context, access string, from, to time.Time) ([]Event, error) {
	q := url.Values{
		"singleEvents": {"true"}, "orderBy": {"startTime"}, "maxResults": {strconv.Itoa(pageSize)}, "fields": {fields},
		"timeMin": {from.UTC().Format(time.RFC3339)}, "timeMax": {to.UTC().Format(time.RFC3339)},
	}
	var all []Event
	for range maxPages {
		p, err := e.page(ctx, access, q)
		if err != nil {
			return nil, err
		}
		for _, it := range p.Items {
			all = append(all, it.event())
		}
		if p.Next == "" {
			break
		}
		q.Set("pageToken", p.Next)
	}
	return all, nil
}

// page is one page of events.list.
type page struct {
	Next  string `json:"nextPageToken"`
	Items []item `json:"items"`
}

func (e *Events) page(ctx context.Context, access string, q url.Values) (page, error) {
	ctx, stop := context.WithTimeout(ctx, callTimeout)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.Base+"/calendar/v3/calendars/primary/events?"+q.Encode(), nil)
	if err != nil {
		return page{}, fmt.Errorf("google: make events.list: %w", err)
	}
	req.Header.Set("Authorization", "Bearer "+access)
	req.Header.Set("Accept", "application/json")
	resp, err := e.HTTP.Do(req)
	if err != nil {
		return page{}, calendar.ErrGoogle.With(fmt.Errorf("google: list events: %w", err))
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if resp.StatusCode != http.StatusOK {
		return page{}, refusal(resp.StatusCode, resp.Header, text)
	}
	if err != nil {
		return page{}, calendar.ErrGoogle.With(fmt.Errorf("google: read events: %w", err))
	}
	var p page
	if err := json.Unmarshal(text, &p); err != nil {
		return page{}, calendar.ErrGoogle.With(fmt.Errorf("google: events are not the JSON expected: %w", err))
	}
	return p, nil
}
