package main

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"callanalyst/pkg/calendar/poll"
)

// once is a poller that answers what a test says.
type once struct {
	poll.Tally
	err  error
	runs int
}

func (o *once) Run(context.Context) (poll.Tally, error) {
	o.runs++
	return o.Tally, o.err
}

func TestEveryEventIsOneRun(t *testing.T) {
	t.Parallel()
	down := errors.New("the table is down")
	tests := []struct {
		name, event string
		err         error
		want        string
	}{
		{"the schedule's", `{"source":"aws.events","detail-type":"Scheduled Event"}`, nil, `{"connections":9,"due":3,"sent":2,"taken":1,"failed":0,"behind":0,"full":false}`},
		{"an operator's", `{}`, nil, `{"connections":9,"due":3,"sent":2,"taken":1,"failed":0,"behind":0,"full":false}`},
		{"one that fails", `{}`, down, ""},
	}
	for _, tt := range tests {
		o := &once{Tally: poll.Tally{Connections: 9, Due: 3, Sent: 2, Taken: 1}, err: tt.err}
		out, err := handler(o)(t.Context(), json.RawMessage(tt.event))
		got, _ := json.Marshal(out)
		if !errors.Is(err, tt.err) || o.runs != 1 || err == nil && string(got) != tt.want {
			t.Errorf("%s: %s, %v by %d runs, want %s, %v by one", tt.name, got, err, o.runs, tt.want, tt.err)
		}
	}
}
