package main

import (
	"context"
	"strconv"

	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/rest"
)

// reader reads transcripts. notetaker.Reader is one.
type reader interface {
	Read(ctx context.Context, sub, botID string, since int64) (notetaker.Page, error)
}

// handler answers what was said in the caller's call behind since, from the
// beginning if it is not given.
func handler(d reader) rest.Handler {
	return func(ctx context.Context, r *rest.Request) (rest.Response, error) {
		bot, since, err := asked(r)
		if err != nil {
			return rest.Response{}, err
		}
		page, err := d.Read(ctx, r.Caller.Sub, bot, since)
		if err != nil {
			return rest.Response{}, err
		}
		return rest.Response{Body: page}, nil
	}
}

// asked reads the query.
func asked(r *rest.Request) (bot string, since int64, err error) {
	bot = r.Query.Get("bot_id")
	if bot == "" || len(bot) > 128 {
		return "", 0, rest.ErrField.Because("The parameter bot_id must be the id of one of your notetakers.")
	}
	if text := r.Query.Get("since"); text != "" {
		if since, err = strconv.ParseInt(text, 10, 64); err != nil || since < 0 {
			return "", 0, rest.ErrField.Because("The parameter since must be the number that next was in the last answer.")
		}
	}
	return bot, since, nil
}
