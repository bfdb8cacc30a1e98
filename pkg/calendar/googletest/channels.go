package googletest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	// channelLife is the longest that a channel lasts.
	channelLife = 7 * 24 * time.Hour
	// maxToken is the longest secret that a channel can have.
	maxToken = 256
)

// channelID is what a channel may be called.
var channelID = regexp.MustCompile(`^[A-Za-z0-9\-_+/=]{1,64}$`)

// channel is an address that is told of changes to a calendar.
type channel struct {
	ID, Email, Address, Token, Resource string
	Until                               time.Time
	Told                                int // messages so far; the first says that it is open
}

// watch is events.watch of the token's own calendar.
func (s *Server) watch(w http.ResponseWriter, r *http.Request) {
	email, _, ok := s.Who(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if !ok {
		refuseEvents(w, http.StatusUnauthorized, "UNAUTHENTICATED", "authError", "Invalid Credentials")
		return
	}
	var in struct {
		ID, Type, Address, Token string
		Params                   struct{ TTL string }
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuseEvents(w, http.StatusBadRequest, "INVALID_ARGUMENT", "parseError", "Parse Error")
		return
	}
	life, known := parseCount(in.Params.TTL, int(channelLife/time.Second))
	at, err := url.Parse(in.Address)
	full := over(s.Listening(email), s.Calendars.limit().Channels)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && (at.Scheme != "http" || !s.cfg.PlainPush):
		refuseEvents(w, http.StatusBadRequest, "INVALID_ARGUMENT", "push.webhookUrlNotHttps", "WebHook callback must be HTTPS: "+in.Address)
	case in.Type != "web_hook" || !channelID.MatchString(in.ID) || len(in.Token) > maxToken || !known || life < 1:
		refuseEvents(w, http.StatusBadRequest, "INVALID_ARGUMENT", "invalid", "Bad Request")
	case s.st.Channels[in.ID] != nil:
		refuseEvents(w, http.StatusBadRequest, "INVALID_ARGUMENT", "channelIdNotUnique", "Channel id "+in.ID+" not unique")
	case full:
		refuseEvents(w, http.StatusForbidden, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "Rate Limit Exceeded")
	default:
		c := &channel{
			ID: in.ID, Email: email, Address: in.Address, Token: in.Token, Resource: s.secret(""),
			Until: s.cfg.Now().Add(min(time.Duration(life)*time.Second, channelLife)).Truncate(time.Millisecond),
		}
		s.st.Channels[in.ID] = c
		s.post(c, "sync", 1)
		respond(w, http.StatusOK, map[string]string{
			"kind": "api#channel", "id": c.ID, "resourceId": c.Resource, "token": c.Token, "expiration": strconv.FormatInt(c.Until.UnixMilli(), 10),
			"resourceUri": "https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json",
		})
	}
}

// stop is channels.stop. What has been sent off already still arrives.
func (s *Server) stop(w http.ResponseWriter, r *http.Request) {
	email, _, ok := s.Who(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if !ok {
		refuseEvents(w, http.StatusUnauthorized, "UNAUTHENTICATED", "authError", "Invalid Credentials")
		return
	}
	var in struct{ ID, ResourceID string }
	err := json.NewDecoder(r.Body).Decode(&in)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.st.Channels[in.ID]; err != nil || c == nil || c.Email != email || c.Resource != in.ResourceID {
		refuseEvents(w, http.StatusNotFound, "NOT_FOUND", "notFound", "Channel '"+in.ID+"' not found")
		return
	}
	delete(s.st.Channels, in.ID)
	w.WriteHeader(http.StatusNoContent)
}

// Listening counts the channels of email that are open.
func (s *Server) Listening(email string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.st.Channels {
		if c.Email == email && s.cfg.Now().Before(c.Until) {
			n++
		}
	}
	return n
}
