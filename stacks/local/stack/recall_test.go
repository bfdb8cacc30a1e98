package stack_test

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"callanalyst/pkg/fleet"
	"callanalyst/pkg/notetaker/recall"
	"callanalyst/stacks/local/stack"
)

// TestBotsComeBack orders a bot for tomorrow, and starts the fleet again.
func TestBotsComeBack(t *testing.T) {
	t.Parallel()
	plan := stack.Plan{Root: repository(t, nil), Data: filepath.Join(t.TempDir(), "data"), Functions: []fleet.Function{}}
	before := start(t, plan)
	client := func(s *stack.Stack) *recall.Client {
		return &recall.Client{Base: s.URL("recall"), HTTP: &http.Client{Timeout: time.Minute}, Keys: recall.FixedKeys(recall.Secret{APIKey: "local-recall-api-key", URLToken: "t"})}
	}
	order := recall.Order{BotID: "bot_1", URL: "https://zoom.us/j/84335626851", Name: "N", Endpoint: "https://callanalyst.app/webhooks/recall", JoinAt: time.Now().Add(24 * time.Hour), Longest: time.Hour}
	id, err := client(before).Create(t.Context(), "k1", order)
	if err != nil {
		t.Fatal(err)
	}
	stop(t, before)

	after := start(t, plan)
	if found, err := client(after).Find(t.Context(), "bot_1"); err != nil || found != id {
		t.Errorf("after the restart the bot is %q, %v, want %s", found, err, id)
	}
	if again, err := client(after).Create(t.Context(), "k1", order); err != nil || again != id {
		t.Errorf("the order's key made %q, %v, want %s again", again, err, id)
	}
}
