package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"callanalyst/pkg/calendar"
	"callanalyst/pkg/fault"
	"callanalyst/pkg/rest"
)

// finisher ends attempts to connect. calendar.Connector is one.
type finisher interface {
	Finish(ctx context.Context, r calendar.Return) error
}

// maxValue bounds what is looked at of the address: Google's codes have less than
// 300 letters.
const maxValue = 2048

// handler ends an attempt and sends the browser to the site, whatever happened. It
// takes nothing of the request along: where it goes and what the page is told are
// ours alone.
func handler(c finisher, site string, log *slog.Logger) rest.Handler {
	b := calendar.BindingFor(site)
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		err := c.Finish(ctx, calendar.Return{
			State: only(r.Query, "state"), Code: only(r.Query, "code"), Error: only(r.Query, "error"), Browser: b.Read(r.Header),
		})
		q := outcome(err)
		if code := q.Get("code"); code != "" {
			log.WarnContext(ctx, "calendar not connected", "code", code, "request_id", r.ID, "error", err)
		}
		return rest.Response{Status: http.StatusSeeOther, Header: http.Header{
			"Location": {site + "/calendar?" + q.Encode()}, "Set-Cookie": {b.Drop().String()}, "Referrer-Policy": {"no-referrer"},
		}}, nil
	}
}

// only returns the parameter when it is there once and is not huge.
func only(q url.Values, name string) string {
	if v := q[name]; len(v) == 1 && len(v[0]) <= maxValue {
		return v[0]
	}
	return ""
}

// outcome is what the page is told.
func outcome(err error) url.Values {
	switch {
	case err == nil:
		return url.Values{"calendar": {"connected"}}
	case errors.Is(err, calendar.ErrDenied):
		return url.Values{"calendar": {"denied"}}
	}
	return url.Values{"calendar": {"error"}, "code": {fault.Of(err).Code}}
}
