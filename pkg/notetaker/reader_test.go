package notetaker_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/notetaker"
)

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func sure() types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: true} }

func num(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func TestSomebodyElsesCallIsNotThere(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	own(t, db)
	if _, err := newChunks(db).Append(t.Context(), "b1", notetaker.Utterance{Text: "secret"}); err != nil {
		t.Fatal(err)
	}
	for _, who := range []struct{ sub, bot string }{{"u2", "b1"}, {"u1", "b2"}} {
		page, err := newReader(db).Read(t.Context(), who.sub, who.bot, 0)
		if !errors.Is(err, notetaker.ErrNoBot) || len(page.Chunks) > 0 {
			t.Errorf("Read(%s, %s) = %+v, %v, want ErrNoBot", who.sub, who.bot, page, err)
		}
	}
}

func TestWhenToAskAgain(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	now := time.Now()
	put(t, db, "bots", notetaker.Item{"cognito_sub": str("u1"), "bot_id": str("b1"), "join_at": num(now.Add(20 * time.Second).Unix())})
	tests := []struct {
		name  string
		books notetaker.Item
		want  time.Duration
	}{
		{"before it joins", notetaker.Item{"code": str("scheduled")}, 20 * time.Second},
		{"in the waiting room", notetaker.Item{"code": str("in_waiting_room")}, 20 * time.Second},
		{"while people talk", notetaker.Item{"code": str("in_call_recording")}, 2 * time.Second},
		{"in a state that is new to us", notetaker.Item{"code": str("in_call_dancing")}, 2 * time.Second},
		{"after the end, before the repair", notetaker.Item{"code": str("done")}, 10 * time.Second},
		{"after the repair", notetaker.Item{"code": str("done"), "final": &types.AttributeValueMemberBOOL{Value: true}}, 0},
		{"when it failed", notetaker.Item{"code": str("fatal")}, 0},
	}
	for _, tt := range tests {
		tt.books["bot_id"], tt.books["seq"] = str("b1"), num(0)
		put(t, db, "chunks", tt.books)
		r := newReader(db)
		r.Now = func() time.Time { return now }
		page, err := r.Read(t.Context(), "u1", "b1", 0)
		got := time.Duration(page.PollAfterMS) * time.Millisecond
		if err != nil || got > tt.want || got < tt.want-time.Second {
			t.Errorf("%s: ask again after %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestTheEndIsNotToldBeforeTheLastWords(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	own(t, db)
	put(t, db, "chunks", notetaker.Item{"bot_id": str("b1"), "seq": num(0), "last": num(4), "code": str("done"), "final": &types.AttributeValueMemberBOOL{Value: true}})
	page, err := newReader(db).Read(t.Context(), "u1", "b1", 3)
	if err != nil || !page.More {
		t.Errorf("Read = %+v, %v, want more: the books know of a fourth chunk", page, err)
	}
}

func TestStatesInWords(t *testing.T) {
	t.Parallel()
	seen := map[string]notetaker.State{}
	for _, s := range []notetaker.State{
		{Code: "requested"}, {Code: "scheduled"}, {Code: "failed"}, {Code: "cancelled"}, {Code: "joining_call"}, {Code: "in_waiting_room"},
		{Code: "in_call_not_recording"}, {Code: "recording_permission_denied"}, {Code: "in_call_recording"}, {Code: "call_ended"}, {Code: "done"}, {Code: "fatal"}, {Code: "new_code"},
		{Code: "fatal", Sub: "meeting_not_found"}, {Code: "fatal", Sub: "meeting_not_started"}, {Code: "fatal", Sub: "meeting_password_incorrect"}, {Code: "fatal", Sub: "meeting_requires_sign_in"},
		{Code: "done", Sub: "timeout_exceeded_waiting_room"}, {Code: "done", Sub: "timeout_exceeded_noone_joined"}, {Code: "done", Sub: "timeout_exceeded_everyone_left"},
		{Code: "done", Sub: "timeout_exceeded_silence_detected"}, {Code: "done", Sub: "timeout_exceeded_in_call_recording"}, {Code: "call_ended", Sub: "bot_kicked_from_call"}, {Code: "done", Sub: "bot_received_leave_call"},
	} {
		text := s.Text()
		if other, twice := seen[text]; twice || text == "" {
			t.Errorf("%+v reads %q, as %+v does", s, text, other)
		}
		seen[text] = s
	}
	if got, want := (notetaker.State{Code: "fatal", Sub: "new_sub"}).Text(), (notetaker.State{Code: "fatal"}).Text(); got != want {
		t.Errorf("an unknown sub code reads %q, want %q", got, want)
	}
}
