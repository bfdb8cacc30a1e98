package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/rest"
)

// asker is a reader that tells what it is asked.
type asker func(sub, bot string, since int64)

func (f asker) Read(_ context.Context, sub, bot string, since int64) (notetaker.Page, error) {
	f(sub, bot, since)
	return notetaker.Page{Chunks: []notetaker.Utterance{}, Next: since, Status: "done"}, nil
}

func TestQueries(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, query string
		status      int
		since       int64
	}{
		{"from the beginning", `{"bot_id":["b1"]}`, 200, 0},
		{"from a number", `{"bot_id":["b1"],"since":["7"]}`, 200, 7},
		{"from an empty number", `{"bot_id":["b1"],"since":[""]}`, 200, 0},
		{"from a negative number", `{"bot_id":["b1"],"since":["-1"]}`, 400, 0},
		{"from a word", `{"bot_id":["b1"],"since":["x"]}`, 400, 0},
		{"from a number that is too large", `{"bot_id":["b1"],"since":["9223372036854775808"]}`, 400, 0},
		{"of no bot", `{"since":["7"]}`, 400, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := int64(-1)
			h := handler(asker(func(sub, bot string, since int64) {
				asked = since
				if sub != "u1" || bot != "b1" {
					t.Errorf("asked for %s of %s, want b1 of u1: the caller is the token's", bot, sub)
				}
			}))
			as := func(ctx context.Context, r *rest.Request) (rest.Response, error) {
				r.Caller = auth.Caller{Sub: "u1"}
				return h(ctx, r)
			}
			event := json.RawMessage(`{"httpMethod":"GET","path":"/api/recall/chunks","multiValueQueryStringParameters":` + tt.query + `}`)
			out, err := rest.Serve(slog.New(slog.DiscardHandler), as)(t.Context(), event)
			if err != nil || out.(rest.Answer).Status != tt.status || (tt.status == 200 && asked != tt.since) || (tt.status != 200 && asked != -1) {
				t.Errorf("%s: %+v, %v, since %d, want %d, since %d", tt.query, out, err, asked, tt.status, tt.since)
			}
		})
	}
}
