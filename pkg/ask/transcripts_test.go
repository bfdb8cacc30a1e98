package ask_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/ask"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/entitlement"
)

func str(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func num(n int) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.Itoa(n)}
}

func put(t *testing.T, db *dynamotest.DB, table string, item entitlement.Item) {
	t.Helper()
	if _, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: new(db.Table(table)), Item: item}); err != nil {
		t.Fatal(err)
	}
}

func TestReadGivesTheCallersOwnCall(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	put(t, db, "bots", entitlement.Item{"cognito_sub": str("u1"), "bot_id": str("b1")})
	put(t, db, "chunks", entitlement.Item{"bot_id": str("b1"), "seq": num(0), "text": str("books")})
	for i, start := range []int{1000, 3000, 2000} { // the last one came late
		put(t, db, "chunks", entitlement.Item{"bot_id": str("b1"), "seq": num(i + 1), "start_ms": num(start), "speaker": str("Ann"), "text": str(fmt.Sprintf("at %d", start))})
	}
	tr := ask.Transcripts{DB: db.Client, Bots: db.Table("bots"), Chunks: db.Table("chunks")}

	got, err := tr.Read(t.Context(), "u1", "b1", 1000)
	if err != nil {
		t.Fatal(err)
	}
	want := []ask.Line{{1, 1000, "Ann", "at 1000"}, {3, 2000, "Ann", "at 2000"}, {2, 3000, "Ann", "at 3000"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	for _, who := range []struct{ sub, bot string }{{"u2", "b1"}, {"u1", "b2"}, {"", ""}} {
		if _, err := tr.Read(t.Context(), who.sub, who.bot, 1000); err == nil {
			t.Errorf("Read(%q, %q) gives a call", who.sub, who.bot)
		}
	}
	if _, err := tr.Read(t.Context(), "u2", "b1", 1000); !errors.Is(err, ask.ErrNoCall) {
		t.Errorf("another user's call: %v, want ErrNoCall", err)
	}
}

func TestReadStopsAtItsBudget(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	put(t, db, "bots", entitlement.Item{"cognito_sub": str("u1"), "bot_id": str("b1")})
	for i := range 30 {
		put(t, db, "chunks", entitlement.Item{"bot_id": str("b1"), "seq": num(i + 1), "start_ms": num(i), "text": str(strings.Repeat("x", 100_000))})
	}
	tr := ask.Transcripts{DB: db.Client, Bots: db.Table("bots"), Chunks: db.Table("chunks")}
	got, err := tr.Read(t.Context(), "u1", "b1", 100_000)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 30 || got[len(got)-1].Seq != 30 {
		t.Errorf("%d lines up to %d, want fewer than all and the newest among them", len(got), got[len(got)-1].Seq)
	}
}

// TestReadGivesNoMoreThanTheTranscriptDoes holds the model to what the caller may
// read: whoever left a call that goes on for others has left the conversation.
func TestReadGivesNoMoreThanTheTranscriptDoes(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	const spoken = 20
	for i := range spoken {
		length := 100
		if i >= 7 {
			length = 100_000 // together more than a page
		}
		put(t, db, "chunks", entitlement.Item{"bot_id": str("b1"), "seq": num(i + 1), "start_ms": num(i), "speaker": str("Ann"), "text": str(strings.Repeat("x", length))})
	}
	tests := []struct {
		name   string
		row    entitlement.Item
		budget int
		from   int64 // of the newest lines that are wanted
		to     int64 // 0: none
	}{
		{name: "who stays reads all", row: entitlement.Item{}, budget: 10 << 20, from: 1, to: spoken},
		{name: "who left with nobody there reads all", row: entitlement.Item{"stopped": &types.AttributeValueMemberBOOL{Value: true}, "heard_until": num(0)}, budget: 10 << 20, from: 1, to: spoken},
		{name: "who left in the middle reads up to there", row: entitlement.Item{"stopped": &types.AttributeValueMemberBOOL{Value: true}, "heard_until": num(8)}, budget: 10 << 20, from: 1, to: 7},
		{name: "what came later takes no budget", row: entitlement.Item{"heard_until": num(8)}, budget: 300, from: 1, to: 7},
		{name: "who left before the first word reads nothing", row: entitlement.Item{"heard_until": num(1)}, budget: 10_000},
		{name: "who left after the last word reads all", row: entitlement.Item{"heard_until": num(spoken + 1)}, budget: 10 << 20, from: 1, to: spoken},
	}
	for _, tt := range tests {
		tt.row["cognito_sub"], tt.row["bot_id"] = str(tt.name), str("b1")
		put(t, db, "bots", tt.row)
		tr := ask.Transcripts{DB: db.Client, Bots: db.Table("bots"), Chunks: db.Table("chunks")}
		got, err := tr.Read(t.Context(), tt.name, "b1", tt.budget)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var from, to int64
		if len(got) > 0 {
			from, to = got[0].Seq, got[len(got)-1].Seq
		}
		if from != tt.from || to != tt.to {
			t.Errorf("%s: utterances %d to %d, want %d to %d", tt.name, from, to, tt.from, tt.to)
		}
	}
}
