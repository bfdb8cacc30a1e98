package calendar_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
	"callanalyst/pkg/calendar/googletest"
	"callanalyst/pkg/entitlement"
)

// TestConnectingAgain: what the user had set goes on; the former grant is given
// back only if it is another account's, since Google would end both.
func TestConnectingAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, email string
		granted     []string
	}{
		{"with the same account", gmail, []string{gmail}},
		{"with another account", "work@gmail.example", []string{"work@gmail.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t)
			c := w.schedule(w.connect("u1", gmail), meeting("e1"))
			yes := true
			if _, err := w.desk().Change(t.Context(), "u1", calendar.Change{AutoJoin: &yes, Skip: map[string]bool{"e1": true}}); err != nil {
				t.Fatal(err)
			}
			again := w.connect("u1", tt.email)
			if again.Email != tt.email || !again.Settings.AutoJoin || len(again.Skips) != 1 || len(again.Upcoming) != 1 || again.Grant == c.Grant || again.Version <= c.Version {
				t.Errorf("connected again: %+v", again)
			}
			if got := w.google.Granted(); strings.Join(got, " ") != strings.Join(tt.granted, " ") {
				t.Errorf("granted are %v, want %v", got, tt.granted)
			}
			if refresh, err := w.vault.Open(t.Context(), "u1", calendar.RefreshToken, again.Refresh); err != nil {
				t.Error(err)
			} else if _, _, err := w.oauth.Refresh(t.Context(), refresh); err != nil {
				t.Errorf("the new grant does not work: %v", err)
			}
		})
	}
}

// late is a table whose first PutItem comes after a poll's write.
type late struct {
	*dynamotest.DB
	meddle *func()
}

func (l late) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if f := *l.meddle; f != nil {
		*l.meddle = nil
		f()
	}
	return l.DB.PutItem(ctx, in, o...)
}

// TestAPollWhileOneConnectsAgainLosesNothing: a bot that a poll has just ordered
// must be known to whoever disconnects later.
func TestAPollWhileOneConnectsAgainLosesNothing(t *testing.T) {
	t.Parallel()
	w := open(t)
	before := w.connect("u1", gmail)
	r := w.begin("u1", googletest.Decision{Email: gmail})
	c := w.connector()
	meddle := func() { w.schedule(before, meeting("e1")) }
	c.Store.DB = late{w.db, &meddle}
	if err := c.Finish(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got := get(t, w.store, "u1"); got.Grant == before.Grant || len(got.Upcoming) != 1 {
		t.Errorf("the connection holds %+v, want the new grant and the poll's meeting", got)
	}
}

// fading is a gate's rows where the user is deleted between two looks.
type fading struct {
	people
	looks int
}

func (f *fading) Get(ctx context.Context, sub string) (entitlement.Row, error) {
	if f.looks++; f.looks > 1 {
		return entitlement.Row{Disabled: true}, nil
	}
	return f.people.Get(ctx, sub)
}

func TestNothingIsLeftOfAUserWhoIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	w := open(t)
	r := w.begin("u1", googletest.Decision{Email: gmail})
	c := w.connector()
	c.Gate.Rows = &fading{people: w.people}
	if err := c.Finish(t.Context(), r); !errors.Is(err, entitlement.ErrDisabled) {
		t.Errorf("Finish: %v, want ErrDisabled", err)
	}
	if c := get(t, w.store, "u1"); c.State != calendar.None || len(w.google.Granted()) != 0 {
		t.Errorf("left are %+v and the grants %v", c, w.google.Granted())
	}
}
