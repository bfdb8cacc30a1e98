package calendar_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/calendar"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// connected is a connection as Connect stores it.
func connected(sub string) calendar.Connection {
	return calendar.Connection{
		Sub: sub, State: calendar.Active, Email: "ada@gmail.example", Account: "g-1", Grant: "grant-1", ConnectedAt: noon,
		Refresh: []byte("sealed refresh"), Access: []byte("sealed access"), AccessUntil: noon.Add(time.Hour),
		Settings:   calendar.Settings{AutoJoin: true, BotName: "Ada's notes", Rules: calendar.Rules{OnlyMine: true}},
		Skips:      map[string]time.Time{"e9": noon.Add(2 * time.Hour)},
		Upcoming:   []calendar.Meeting{meeting("e1"), {EventID: "e2", Start: noon, End: noon.Add(time.Minute), Bot: calendar.NoBot, Reason: "no_link"}},
		NextPollAt: noon, Version: 1,
	}
}

func meeting(id string) calendar.Meeting {
	return calendar.Meeting{
		EventID: id, Title: "Planning", Start: noon.Add(time.Hour), End: noon.Add(2 * time.Hour),
		MeetingURL: "https://zoom.us/j/123456789", Key: "zoom:123456789#2026-11-21T13:00:00Z", Bot: calendar.Scheduled,
	}
}

func store(t *testing.T) calendar.Store {
	t.Helper()
	db := dynamotest.New(t)
	return calendar.Store{DB: db, Table: db.Table("calendar_connections")}
}

func get(t *testing.T, s calendar.Store, sub string) calendar.Connection {
	t.Helper()
	c, err := s.Get(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connect puts a connection in the place of whatever there is.
func connect(t *testing.T, s calendar.Store, c calendar.Connection) calendar.Connection {
	t.Helper()
	if err := s.Delete(t.Context(), get(t, s, c.Sub)); err != nil {
		t.Fatal(err)
	}
	if err := s.Connect(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return get(t, s, c.Sub)
}

func TestARowIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	s := store(t)
	want := connected("u1")
	if diff := cmp.Diff(want, connect(t, s, want)); diff != "" {
		t.Errorf("after Connect (-want +got):\n%s", diff)
	}
	got, err := s.Save(t.Context(), want, calendar.Look{
		Upcoming: []calendar.Meeting{meeting("e3")}, NextPollAt: noon.Add(time.Minute), Failures: 2, Problem: "GOOGLE", SyncedAt: noon,
	})
	want.Upcoming, want.NextPollAt, want.Failures, want.Problem, want.SyncedAt, want.Version = []calendar.Meeting{meeting("e3")}, noon.Add(time.Minute), 2, "GOOGLE", noon, 2
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Save (-want +got), %v:\n%s", err, diff)
	}
	got.Settings, got.Skips = calendar.Settings{Rules: calendar.Rules{OnlyAccepted: true, OnlyWithOthers: true}}, map[string]time.Time{}
	want.Settings, want.Skips, want.NextPollAt, want.Version = got.Settings, got.Skips, noon, 3
	got, err = s.Set(t.Context(), got, noon)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Set (-want +got), %v:\n%s", err, diff)
	}
	if got := get(t, s, "u2"); got.State != calendar.None || got.Sub != "u2" {
		t.Errorf("a user without a row has %+v, want the state none", got)
	}
}

// TestAStaleConnectionChangesNothing takes the row away from under each method.
func TestAStaleConnectionChangesNothing(t *testing.T) {
	t.Parallel()
	s := store(t)
	methods := map[string]func(calendar.Connection) error{
		"Save": func(c calendar.Connection) error {
			_, err := s.Save(t.Context(), c, calendar.Look{NextPollAt: noon.Add(time.Hour)})
			return err
		},
		"Set":        func(c calendar.Connection) error { _, err := s.Set(t.Context(), c, noon.Add(time.Hour)); return err },
		"KeepAccess": func(c calendar.Connection) error { return s.KeepAccess(t.Context(), c, []byte("x"), noon) },
		"Retire":     func(c calendar.Connection) error { _, err := s.Retire(t.Context(), c, calendar.Revoked); return err },
		"Connect":    func(c calendar.Connection) error { c.Version++; return s.Connect(t.Context(), c) },
		"Delete":     func(c calendar.Connection) error { return s.Delete(t.Context(), c) },
	}
	tests := []struct {
		name      string
		meanwhile func(calendar.Connection) error
		fail      []string
	}{
		{"the user has connected again", func(c calendar.Connection) error {
			c.Grant, c.Version = "grant-2", c.Version+1
			return s.Connect(t.Context(), c)
		}, []string{"Connect", "Delete", "KeepAccess", "Retire", "Save", "Set"}},
		{"the user has changed the settings", func(c calendar.Connection) error {
			_, err := s.Set(t.Context(), c, noon)
			return err
		}, []string{"Connect", "Save", "Set"}},
		{"another poll was quicker", func(c calendar.Connection) error {
			_, err := s.Save(t.Context(), c, calendar.Look{})
			return err
		}, []string{"Connect", "Save", "Set"}},
		{"the grant was found revoked", func(c calendar.Connection) error {
			_, err := s.Retire(t.Context(), c, calendar.Revoked)
			return err
		}, []string{"Connect", "KeepAccess", "Save", "Set"}},
		{"the user has disconnected", func(c calendar.Connection) error {
			return s.Delete(t.Context(), c)
		}, []string{"KeepAccess", "Retire", "Save", "Set"}},
	}
	for _, tt := range tests {
		for name, method := range methods {
			c := connect(t, s, connected("u1"))
			if err := tt.meanwhile(c); err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			before := get(t, s, "u1")
			err := method(c)
			if fails := slices.Contains(tt.fail, name); errors.Is(err, calendar.ErrChanged) != fails {
				t.Errorf("%s after %s: %v, want ErrChanged: %t", name, tt.name, err, fails)
				continue
			}
			if after := get(t, s, "u1"); err != nil && !cmp.Equal(before, after) {
				t.Errorf("%s after %s changed the row:\n%s", name, tt.name, cmp.Diff(before, after))
			}
		}
	}
}

// due lists whose connections are in the index at noon.
func due(t *testing.T, s calendar.Store) (subs []string) {
	t.Helper()
	for _, shard := range calendar.Shards() {
		out, err := s.DB.(*dynamotest.DB).Query(t.Context(), &dynamodb.QueryInput{
			TableName: &s.Table, IndexName: aws.String("due"), KeyConditionExpression: aws.String("#shard = :s AND next_poll_at <= :now"),
			ExpressionAttributeNames: map[string]string{"#shard": "shard"},
			ExpressionAttributeValues: calendar.Item{
				":s": &types.AttributeValueMemberS{Value: shard}, ":now": &types.AttributeValueMemberN{Value: "1795262400"},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Items {
			subs = append(subs, it["cognito_sub"].(*types.AttributeValueMemberS).Value)
		}
	}
	slices.Sort(subs)
	return subs
}

func TestOnlyActiveConnectionsAreEverDue(t *testing.T) {
	t.Parallel()
	s := store(t)
	for _, sub := range []string{"active", "revoked", "ending", "later"} {
		connect(t, s, connected(sub))
	}
	if _, err := s.Retire(t.Context(), get(t, s, "revoked"), calendar.Revoked); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Retire(t.Context(), get(t, s, "ending"), calendar.Ending); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), get(t, s, "later"), calendar.Look{NextPollAt: noon.Add(time.Second)}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Set(t.Context(), get(t, s, "revoked"), noon); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"active"}, due(t, s)); diff != "" {
		t.Errorf("due (-want +got):\n%s", diff)
	}
	gone, ending := get(t, s, "revoked"), get(t, s, "ending")
	if gone.Refresh != nil || gone.Access != nil || gone.State != calendar.Revoked || gone.Settings != connected("").Settings {
		t.Errorf("a revoked connection keeps %+v, want its settings and no token", gone)
	}
	if ending.Refresh == nil || ending.Access != nil || ending.State != calendar.Ending {
		t.Errorf("an ending connection keeps %+v, want the refresh token that is still to be revoked", ending)
	}
}

func TestShardsAreUsedEvenly(t *testing.T) {
	t.Parallel()
	n := map[string]int{}
	for i := range 16000 {
		n[calendar.Shard(time.Unix(int64(i), 0).String())]++
	}
	for _, shard := range calendar.Shards() {
		if n[shard] < 700 || n[shard] > 1300 {
			t.Errorf("shard %s has %d of 16,000 connections, want about 1,000", shard, n[shard])
		}
	}
	if len(n) != len(calendar.Shards()) {
		t.Errorf("%d shards in use, want %d", len(n), len(calendar.Shards()))
	}
}

func TestARowHoldsNoMoreThanItMay(t *testing.T) {
	t.Parallel()
	s := store(t)
	c := connected("u1")
	for range 100 {
		c.Upcoming = append(c.Upcoming, meeting("e"))
	}
	if n := len(connect(t, s, c).Upcoming); n != calendar.MaxUpcoming {
		t.Errorf("%d meetings kept, want %d", n, calendar.MaxUpcoming)
	}
}
