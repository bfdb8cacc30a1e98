package google

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/fault"
)

var (
	// ErrToken reports an access token that is not valid any more. A new one may be.
	ErrToken = errors.New("google: access token refused")
	// ErrThrottled reports a quota that is used up: the user's, or everybody's. Its
	// RetryAfter is Google's own, if Google says one.
	ErrThrottled = fault.New(fault.Unavailable, "CALENDAR_THROTTLED", "Google asks us to wait before we look at your calendar again.")
	// ErrNoCalendar reports an account without a calendar, such as one whose
	// administrator has switched it off.
	ErrNoCalendar = fault.New(fault.NotFound, "CALENDAR_UNAVAILABLE", "This Google account has no calendar that we can look at.")
)

// Refusal is an answer of Google's other than 200. It repeats nothing of the
// body but its reason.
type Refusal struct {
	Status int
	Reason string // rateLimitExceeded, authError, insufficientPermissions, …
}

// Error implements error.
func (r *Refusal) Error() string {
	return fmt.Sprintf("google: answered %d %s", r.Status, r.Reason)
}

// refusal tells apart what a refusal means for the connection.
func refusal(status int, header http.Header, text []byte) error {
	r := &Refusal{Status: status, Reason: reasonOf(text)}
	switch {
	case status == http.StatusUnauthorized:
		return errors.Join(ErrToken, r)
	case status == http.StatusTooManyRequests, status == http.StatusForbidden && limited(r.Reason):
		return ErrThrottled.After(retryAfter(header)).With(r)
	case status == http.StatusForbidden && unscoped(r.Reason):
		return calendar.ErrRevoked.With(r)
	case status == http.StatusForbidden, status == http.StatusNotFound:
		return ErrNoCalendar.With(r)
	}
	return calendar.ErrGoogle.With(r) // 5xx; a page token that got old (410) is gone next time
}

// limited reports whether a 403 is a quota's.
func limited(reason string) bool {
	return strings.HasSuffix(strings.ToLower(reason), "limitexceeded") || reason == "quotaExceeded" || reason == "RATE_LIMIT_EXCEEDED"
}

// unscoped reports whether a 403 says that the user did not grant the calendar.
func unscoped(reason string) bool {
	return reason == "insufficientPermissions" || reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT" || reason == "insufficientScopes"
}

// reasonOf reads the reason of an error's body, of either of the two forms that
// Google writes.
func reasonOf(text []byte) string {
	var body struct {
		Error struct {
			Errors []struct {
				Reason string `json:"reason"`
			} `json:"errors"`
			Details []struct {
				Reason string `json:"reason"`
			} `json:"details"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &body) != nil {
		return ""
	}
	for _, d := range body.Error.Details {
		if d.Reason != "" {
			return d.Reason
		}
	}
	for _, e := range body.Error.Errors {
		return e.Reason
	}
	return ""
}

func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, time.Hour)
}
