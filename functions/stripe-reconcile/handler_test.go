package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"callanalyst/pkg/billing"
)

// clerk is a reconciler that says what it was asked for.
type clerk struct{ did string }

func (c *clerk) Run(context.Context) (billing.Cursor, error) {
	c.did = "run"
	return billing.Cursor{Phase: billing.Finished}, nil
}

func (c *clerk) Replay(_ context.Context, id string) (billing.Receipt, error) {
	c.did = "replay " + id
	return billing.Receipt{Event: id, Outcome: billing.Applied}, nil
}

func TestWhatAnEventAsksFor(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, event, want, wrong string
	}{
		{name: "the schedule", event: `{"version":"0","detail-type":"Scheduled Event","source":"aws.events","detail":{}}`, want: "run"},
		{name: "an operator with nothing to say", event: `{}`, want: "run"},
		{name: "an operator with an event", event: `{"event_id":"evt_1"}`, want: "replay evt_1"},
		{name: "no object", event: `"evt_1"`, wrong: "must be a JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := &clerk{}
			out, err := handler(c)(t.Context(), json.RawMessage(tt.event))
			if (err != nil) != (tt.wrong != "") || (err != nil && !strings.Contains(err.Error(), tt.wrong)) {
				t.Fatalf("%s: %v, want %q", tt.event, err, tt.wrong)
			}
			if c.did != tt.want || (err == nil && out == nil) {
				t.Errorf("%s did %q and answered %v, want %q", tt.event, c.did, out, tt.want)
			}
		})
	}
}
